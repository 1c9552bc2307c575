package org.loupe.decode;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.loupe.engine.Engine;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.preprocess.PillowBicubic;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.Score;
import org.loupe.score.Task;

/**
 * How much a reduced JPEG decode changes what a model sees and says, against the full decode of the same file. Takes photographs from a
 * folder, enlarges them to the sizes of cameras, once as they are and once with the grain of a sensor, and decodes each at 1/1, 1/2, 1/4 and 1/8.
 *
 * <p>Arguments: model, folder of photographs, how many of them, megapixels to enlarge to. Prints one line a size, grain and reduction that
 * leaves enough pixels; "spread" is the standard deviation of the MOS of quality over the photographs, for comparison.
 */
final class ReducedDecodeStudy {
    private static final int[] REDUCTIONS = {1, 2, 4, 8};
    /** Sensors have sides of multiples of this. */
    private static final int SIDE_STEP = 16;

    private static final int JPEG_QUALITY = 92;
    /** Standard deviation of a sensor's noise at a middling sensitivity, in steps of 0..255. */
    private static final double GRAIN = 6;

    private final ModelPackage model;
    private final Engine engine;
    private final Preprocessor preprocessor;

    private ReducedDecodeStudy(ModelPackage model, Engine engine) {
        this.model = model;
        this.engine = engine;
        this.preprocessor = Preprocessors.of(model.manifest().input());
    }

    public static void main(String[] arguments) throws Exception {
        List<Path> photos = photos(Path.of(arguments[1]), Integer.parseInt(arguments[2]));
        try (ModelPackage model = ModelResolver.standard().open(arguments[0]);
                Engine engine = OrtEngine.open(model, EngineConfig.DEFAULT)) {
            new ReducedDecodeStudy(model, engine)
                    .run(
                            photos,
                            Arrays.stream(arguments)
                                    .skip(3)
                                    .mapToLong(Long::parseLong)
                                    .toArray());
        }
    }

    /** Spread over the folder, so that no one collection fills the list. */
    static List<Path> photos(Path folder, int count) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.filter(file -> file.toString().endsWith(".jpg"))
                    .sorted()
                    .toList();
            List<Path> chosen = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                chosen.add(all.get((int) ((long) i * all.size() / count)));
            }
            return chosen;
        }
    }

    private void run(List<Path> photos, long[] sizes) {
        System.out.printf("MP   grain  1/n  pixels: mean max   MOS: mean       p95       max    spread%n");
        for (long megapixels : sizes) {
            for (boolean grain : new boolean[] {false, true}) {
                measure(photos, megapixels, grain);
            }
        }
    }

    private void measure(List<Path> photos, long megapixels, boolean grain) {
        int ways = REDUCTIONS.length;
        double[][] means = new double[ways][photos.size()];
        double[][] worst = new double[ways][photos.size()];
        List<List<Double>> differences = new ArrayList<>();
        for (int way = 0; way < ways; way++) {
            differences.add(new ArrayList<>());
        }
        List<Double> full = new ArrayList<>();
        for (int i = 0; i < photos.size(); i++) {
            byte[] jpeg = enlarged(photos.get(i), megapixels * 1_000_000, grain);
            float[] mos = new float[0];
            Frame seen = null;
            for (int way = 0; way < ways; way++) {
                Frame frame = pixels(jpeg, REDUCTIONS[way]);
                if (seen != null && (frame.width() != seen.width() || frame.height() != seen.height())) {
                    continue; // less is left than the model wants
                }
                float[] now = mos(frame);
                if (seen == null) {
                    seen = frame;
                    mos = now;
                    full.add((double) now[0]);
                }
                means[way][i] = pixelDifference(seen, frame, false);
                worst[way][i] = pixelDifference(seen, frame, true);
                for (int task = 0; task < mos.length; task++) {
                    differences.get(way).add((double) Math.abs(now[task] - mos[task]));
                }
            }
        }
        for (int way = 1; way < ways; way++) {
            if (differences.get(way).isEmpty()) {
                continue;
            }
            List<Double> sorted = differences.get(way).stream().sorted().toList();
            System.out.printf(
                    Locale.ROOT,
                    "%-4d %-6s 1/%-2d %9.3f %3.0f %17.5f %9.5f %9.5f %9.5f%n",
                    megapixels,
                    grain ? "yes" : "no",
                    REDUCTIONS[way],
                    Arrays.stream(means[way]).average().orElseThrow(),
                    Arrays.stream(worst[way]).max().orElseThrow(),
                    sorted.stream().mapToDouble(d -> d).average().orElseThrow(),
                    sorted.get(sorted.size() * 95 / 100),
                    sorted.get(sorted.size() - 1),
                    deviation(full));
        }
    }

    private Frame pixels(byte[] jpeg, int reduction) {
        Frame[] pixels = new Frame[1];
        TestMedia.DECODER.decode(
                MediaSource.of(jpeg),
                new DecodeRequest((width, height) -> reduction, Orientation.APPLY),
                (index, frame) -> pixels[0] = preprocessor.apply(frame));
        return pixels[0];
    }

    /** @return MOS of every task the model has for stills */
    private float[] mos(Frame frame) {
        Manifest manifest = model.manifest();
        List<Task> tasks = Arrays.stream(Task.values())
                .filter(task ->
                        manifest.promptIndex(task, Manifest.MediaKind.IMAGE).isPresent())
                .toList();
        long[] prompts = tasks.stream()
                .mapToLong(task ->
                        manifest.promptIndex(task, Manifest.MediaKind.IMAGE).orElseThrow())
                .toArray();
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(frame.rgb().length).put(frame.rgb()).flip();
        float[][] logits = engine.run(
                        new EngineBatch(1, frame.height(), frame.width(), buffer, new long[tasks.size()][1], prompts))
                .levelLogits();
        float[] mos = new float[tasks.size()];
        for (int task = 0; task < mos.length; task++) {
            mos[task] = Score.of(tasks.get(task), manifest.levelNames(), manifest.levelWeights(), logits[task])
                    .mos();
        }
        return mos;
    }

    private static double pixelDifference(Frame a, Frame b, boolean largest) {
        long sum = 0;
        int max = 0;
        for (int i = 0; i < a.rgb().length; i++) {
            int difference = Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff));
            sum += difference;
            max = Math.max(max, difference);
        }
        return largest ? max : (double) sum / a.rgb().length;
    }

    static byte[] enlarged(Path photo, long pixels, boolean grain) {
        Frame frame = TestMedia.DECODER
                .decode(MediaSource.of(photo), DecodeRequest.FULL)
                .frames()
                .get(0);
        double scale = Math.sqrt((double) pixels / frame.width() / frame.height());
        Frame large =
                PillowBicubic.resize(frame, sensorSide(frame.width() * scale), sensorSide(frame.height() * scale));
        if (grain) {
            byte[] rgb = large.rgb();
            Random random = new Random(photo.getFileName().toString().hashCode());
            double[] noise = new double[1 << 16];
            for (int i = 0; i < noise.length; i++) {
                noise[i] = GRAIN * random.nextGaussian();
            }
            for (int i = 0; i < rgb.length; i++) {
                int from = random.nextInt();
                rgb[i] = (byte) Math.max(0, Math.min(255, Math.round((rgb[i] & 0xff) + noise[from >>> 16])));
            }
        }
        return TestMedia.encoded(large, ".jpg", opencv_imgcodecs.IMWRITE_JPEG_QUALITY, JPEG_QUALITY);
    }

    private static int sensorSide(double exact) {
        return SIDE_STEP * Math.toIntExact(Math.round(exact / SIDE_STEP));
    }

    private static double deviation(List<Double> values) {
        double mean = values.stream().mapToDouble(v -> v).average().orElseThrow();
        return Math.sqrt(values.stream()
                .mapToDouble(v -> (v - mean) * (v - mean))
                .average()
                .orElseThrow());
    }
}
