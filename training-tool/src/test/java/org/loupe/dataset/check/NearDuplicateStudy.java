package org.loupe.dataset.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaSource;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.BundledModels;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.preprocess.AreaResizer;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.TestPictures;

/**
 * Which measure tells copies from other photographs: the bundled model's {@code frame_embedding}, the layout vector, or the aligned
 * thumbnails. A program, not a test: {@code NearDuplicateStudy COPIED DIRECTORY...} makes copies of every n-th photograph, prints for each
 * kind of copy the share that is found when the threshold lets no pair, one in a million and ten in a million of different photographs
 * through, and lists the pairs of originals that look most alike.
 */
public final class NearDuplicateStudy {
    private final MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());

    private record Seen(float[] embedding, Thumbnail thumbnail) {}

    private interface Measure {
        double of(Seen a, Seen b);
    }

    public static void main(String[] arguments) throws IOException {
        new NearDuplicateStudy()
                .run(Integer.parseInt(arguments[0]), Arrays.copyOfRange(arguments, 1, arguments.length));
    }

    private void run(int copied, String[] directories) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String directory : directories) {
            try (Stream<Path> list = Files.list(Path.of(directory))) {
                list.sorted().forEach(files::add);
            }
        }
        try (ModelPackage model = new BundledModels()
                        .open(new BundledModels().find("loupe-small").orElseThrow());
                OrtEngine engine = OrtEngine.open(model, EngineConfig.DEFAULT.withThreads(1))) {
            Preprocessor preprocessor = Preprocessors.of(model.manifest().input());
            List<Seen> originals = new ArrayList<>();
            Map<String, List<Map.Entry<Integer, Seen>>> copies = new LinkedHashMap<>();
            for (int i = 0; i < files.size(); i++) {
                Frame frame = decode(Files.readAllBytes(files.get(i)));
                originals.add(seen(frame, engine, preprocessor));
                if (i % copied == 0) {
                    for (Map.Entry<String, Frame> copy : copies(frame, i).entrySet()) {
                        copies.computeIfAbsent(copy.getKey(), k -> new ArrayList<>())
                                .add(Map.entry(i, seen(copy.getValue(), engine, preprocessor)));
                    }
                }
            }
            Map<String, Measure> measures = new LinkedHashMap<>();
            measures.put("frame_embedding", (a, b) -> dot(a.embedding, b.embedding));
            measures.put("layout", (a, b) -> a.thumbnail.layoutSimilarity(b.thumbnail));
            measures.put(
                    "aligned",
                    (a, b) -> a.thumbnail.layoutSimilarity(b.thumbnail) < 0.6
                            ? 0
                            : Alignment.similarity(a.thumbnail, b.thumbnail));
            measures.forEach((name, measure) -> report(name, measure, originals, copies, files));
        }
    }

    private Frame decode(byte[] bytes) {
        return decoder.decode(MediaSource.of(bytes), DecodeRequest.FULL)
                .frames()
                .get(0);
    }

    private Seen seen(Frame frame, OrtEngine engine, Preprocessor preprocessor) {
        Frame ready = preprocessor.apply(frame);
        ByteBuffer pixels = ByteBuffer.allocateDirect(ready.rgb().length);
        pixels.put(ready.rgb()).flip();
        EngineBatch batch =
                new EngineBatch(1, ready.height(), ready.width(), pixels, new long[][] {{0}}, new long[] {0});
        return new Seen(engine.run(batch).frameEmbedding()[0], Thumbnail.of(frame));
    }

    private Map<String, Frame> copies(Frame frame, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, Frame> copies = new LinkedHashMap<>();
        copies.put("JPEG 95", recoded(frame));
        copies.put("JPEG 32", Distortion.JPEG.apply(frame, 2, seed));
        copies.put("JPEG 12", Distortion.JPEG.apply(frame, 4, seed));
        copies.put("three quarters", recoded(scaled(frame, 0.75)));
        copies.put("half", recoded(scaled(frame, 0.5)));
        copies.put("quarter", recoded(scaled(frame, 0.25)));
        copies.put("crop 2 % of each side", recoded(cropped(frame, 0.02, 0.02, 0.02, 0.02)));
        copies.put("crop 5 % of each side", recoded(cropped(frame, 0.05, 0.05, 0.05, 0.05)));
        double l = random.nextDouble() * 0.1;
        double t = random.nextDouble() * 0.1;
        copies.put("crop 10 %, anywhere", recoded(cropped(frame, l, t, 0.1 - l, 0.1 - t)));
        copies.put("crop 15 % of one side", recoded(cropped(frame, 0, 0, 0.15, 0)));
        copies.put("exposure 0.7", Distortion.EXPOSURE.apply(frame, 2, seed));
        copies.put("colour 2", Distortion.COLOUR.apply(frame, 2, seed));
        return copies;
    }

    private Frame recoded(Frame frame) throws IOException {
        Path file = Files.createTempFile("copy", ".jpg");
        try {
            TestPictures.write(frame, file);
            return decode(Files.readAllBytes(file));
        } finally {
            Files.delete(file);
        }
    }

    private static Frame scaled(Frame frame, double by) {
        return AreaResizer.reduce(
                frame, Math.max(1, (int) (frame.width() * by)), Math.max(1, (int) (frame.height() * by)));
    }

    private static Frame cropped(Frame frame, double left, double top, double right, double bottom) {
        int x0 = (int) (left * frame.width());
        int y0 = (int) (top * frame.height());
        int width = frame.width() - x0 - (int) (right * frame.width());
        int height = frame.height() - y0 - (int) (bottom * frame.height());
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            System.arraycopy(frame.rgb(), 3 * ((y + y0) * frame.width() + x0), rgb, 3 * y * width, 3 * width);
        }
        return new Frame(width, height, rgb);
    }

    private static void report(
            String name,
            Measure measure,
            List<Seen> originals,
            Map<String, List<Map.Entry<Integer, Seen>>> copies,
            List<Path> files) {
        int n = originals.size();
        List<double[]> pairs = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                double value = measure.of(originals.get(i), originals.get(j));
                if (value > 0.7) {
                    pairs.add(new double[] {value, i, j});
                }
            }
        }
        pairs.sort((a, b) -> Double.compare(b[0], a[0]));
        double total = n * (n - 1.0) / 2;
        System.out.printf(Locale.ROOT, "%n%s: %d photographs, %.0f pairs; most alike:%n", name, n, total);
        for (double[] pair : pairs.subList(0, Math.min(25, pairs.size()))) {
            System.out.printf(
                    Locale.ROOT, "  %.4f %s %s%n", pair[0], files.get((int) pair[1]), files.get((int) pair[2]));
        }
        double[] thresholds = new double[4];
        int[] allowed = {0, (int) (total * 1e-5), (int) (total * 1e-4)};
        for (int a = 0; a < 3; a++) {
            thresholds[a] = allowed[a] < pairs.size() ? pairs.get(allowed[a])[0] + 1e-9 : 0.7;
        }
        thresholds[3] = 0.95;
        System.out.printf(
                Locale.ROOT,
                "  thresholds: none %.4f, ten in a million %.4f, a hundred in a million %.4f; and 0.95, which lets %d through%n",
                thresholds[0],
                thresholds[1],
                thresholds[2],
                pairs.stream().filter(p -> p[0] >= 0.95).count());
        copies.forEach((kind, made) -> {
            double[] values = made.stream()
                    .mapToDouble(copy -> measure.of(originals.get(copy.getKey()), copy.getValue()))
                    .sorted()
                    .toArray();
            System.out.printf(Locale.ROOT, "  %-24s", kind);
            for (double threshold : thresholds) {
                System.out.printf(
                        Locale.ROOT,
                        " %6.3f",
                        Arrays.stream(values).filter(v -> v >= threshold).count() / (double) values.length);
            }
            System.out.printf(
                    Locale.ROOT,
                    "   lowest %.3f, 1st percentile %.3f, median %.3f%n",
                    values[0],
                    values[values.length / 100],
                    values[values.length / 2]);
        });
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
