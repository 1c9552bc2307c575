package org.loupe.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import org.loupe.decode.Frame;
import org.loupe.training.data.Copies;

/** A run's directory as training leaves it, with pictures that are drawn here. */
final class RunDirectory {
    private RunDirectory() {}

    /**
     * @param pictures how many; every fourth is rated for aesthetics, the others for quality
     * @return where the pictures lie
     */
    static Path write(Path directory, int pictures) throws IOException {
        Path folder = Files.createDirectories(directory.resolve("photos"));
        SplittableRandom random = new SplittableRandom(7);
        StringBuilder csv = new StringBuilder("file,task,split,mos,std,predicted,excellent,good,fair,poor,bad\n");
        for (int i = 0; i < pictures; i++) {
            String name = "set" + i % 3 + "_" + i + ".jpg";
            Files.write(folder.resolve(name), Copies.jpeg(picture(i), 80));
            double mos = 1.2 + 3.6 * random.nextDouble();
            double predicted = Math.min(5, Math.max(1, 0.8 * mos + 0.6 + 0.5 * (random.nextDouble() - 0.5)));
            csv.append(String.format(Locale.ROOT, "%s,%s,", name, i % 4 == 0 ? "aesthetics" : "quality"));
            csv.append(String.format(Locale.ROOT, "%s,%.4f,,%.4f", i % 5 == 0 ? "val" : "test", mos, predicted));
            double above = predicted - Math.floor(predicted);
            for (int level = 5; level >= 1; level--) {
                int under = (int) Math.floor(predicted);
                double p = level == under ? 1 - above : level == under + 1 ? above : 0;
                csv.append(String.format(Locale.ROOT, ",%.4f", p));
            }
            csv.append('\n');
        }
        Files.writeString(directory.resolve("predictions.csv"), csv);
        StringBuilder log = new StringBuilder();
        for (int step = 1; step <= 200; step++) {
            log.append(String.format(
                    Locale.ROOT,
                    "{\"event\":\"step\",\"fit\":\"quality\",\"step\":%d,\"epoch\":0,\"loss\":%.4f,\"learning_rate\":%.6f}%n",
                    step,
                    0.6 + Math.exp(-step / 50.0) + 0.1 * random.nextDouble(),
                    0.003 * Math.cos(step / 130.0)));
            if (step % 20 == 0) {
                log.append(String.format(
                        Locale.ROOT,
                        "{\"event\":\"evaluation\",\"fit\":\"quality\",\"step\":%d,\"metrics\":{\"srcc\":%.4f},\"best\":true}%n",
                        step,
                        0.8 - 0.5 * Math.exp(-step / 60.0)));
            }
        }
        Files.writeString(directory.resolve("run.jsonl"), log);
        Files.writeString(
                directory.resolve("run.json"),
                "{\"schema\":1,\"commands\":[\"./loupe train --labels a/labels.csv --out OUT\"],\"seed\":3}");
        return folder;
    }

    private static Frame picture(int seed) {
        int width = 160;
        int height = 120;
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int at = (y * width + x) * 3;
                rgb[at] = (byte) (x + 11 * seed);
                rgb[at + 1] = (byte) (2 * y + 29 * seed);
                rgb[at + 2] = (byte) ((x + y) / 2 + 53 * seed);
            }
        }
        return new Frame(width, height, rgb);
    }
}
