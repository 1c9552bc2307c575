package org.loupe.export.small;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaLibraries;
import org.loupe.decode.MediaSource;
import org.loupe.decode.Orientation;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;
import org.loupe.modelpackage.Manifest.Input;
import org.loupe.modelpackage.Manifest.Mode;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;

/**
 * What both scores of a 24-megapixel photo cost, as a ratio to OpenCV's full decode of the same JPEG, all on one core in one run. A program,
 * not a test. Prints medians over interleaved rounds of this thread's processor time, so that other work on the machine disturbs little:
 *
 * <pre>
 * ./loupe model list    # builds, and leaves the class path behind
 * mvn -q -DskipTests -pl training-tool -am package
 * java -cp training-tool/target/test-classes:$(cat target/loupe/all.classpath) org.loupe.export.small.SmallGraphBenchmark
 * </pre>
 *
 * <p>One argument, a JPEG file, takes that photo instead of a generated one.
 */
public final class SmallGraphBenchmark {
    private static final int ROUNDS = 21;
    private static final int WIDTH = 6000;
    private static final int HEIGHT = 4000;

    private SmallGraphBenchmark() {}

    /** One thing measured; it must do all its work on the calling thread. */
    private interface Work {
        Object run();
    }

    public static void main(String[] arguments) throws IOException {
        MediaLibraries.prepare();
        byte[] jpeg = arguments.length == 0 ? photo() : Files.readAllBytes(Path.of(arguments[0]));
        Preprocessor preprocessor = Preprocessors.of(new Input(
                Mode.NATIVE, null, null, SmallGraph.MAX_SHORT_SIDE, SmallGraph.MAX_LONG_SIDE, null, null, "area"));
        MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
        DecodeRequest reduced = new DecodeRequest(preprocessor::decodeReduction, Orientation.APPLY);
        Work prepare = () -> preprocessor.apply(
                decoder.decode(MediaSource.of(jpeg), reduced).frames().get(0));
        Frame frame = (Frame) prepare.run();
        ByteBuffer pixels = ByteBuffer.allocateDirect(frame.rgb().length);
        RandomSmallModel random = new RandomSmallModel(1);
        Path directory = Files.createTempDirectory("loupe-benchmark");
        Path plain = Files.createDirectory(directory.resolve("statistics"));
        Path whole = Files.createDirectory(directory.resolve("whole"));
        SmallGraph.write(random.model(Optional.empty()), plain);
        SmallGraph.write(random.model(Optional.of(random.network())), whole);
        EngineConfig one = EngineConfig.DEFAULT.withThreads(1);
        try (OrtGraph statistics = OrtGraph.open(plain.resolve("model.onnx"), one);
                OrtGraph network = OrtGraph.open(whole.resolve("model.onnx"), one)) {
            double[] medians = medians(
                    () -> fullDecode(jpeg),
                    prepare,
                    () -> score(statistics, frame, pixels),
                    () -> score(network, frame, pixels));
            System.out.printf(
                    "JPEG of %.1f MB, frame of %d x %d; OpenCV's full decode is 1 (%.0f ms of processor time)%n",
                    jpeg.length / 1e6, frame.width(), frame.height(), medians[0]);
            print("reduced decode and area resize", medians[1] / medians[0]);
            print("graph, statistics only", medians[2] / medians[0]);
            print("graph with the network", medians[3] / medians[0]);
            print("both scores, statistics only", (medians[1] + medians[2]) / medians[0]);
            print("both scores, with the network", (medians[1] + medians[3]) / medians[0]);
        }
    }

    private static void print(String what, double ratio) {
        System.out.printf("%-32s %.2f%n", what, ratio);
    }

    private static double[] medians(Work... works) {
        double[][] millis = new double[works.length][ROUNDS];
        for (int round = -3; round < ROUNDS; round++) {
            for (int i = 0; i < works.length; i++) {
                long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                Object result = works[i].run();
                long spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
                if (result.hashCode() == 42) {
                    System.out.print(""); // the result is used, so the work cannot be left out
                }
                if (round >= 0) {
                    millis[i][round] = spent / 1e6;
                }
            }
        }
        double[] medians = new double[works.length];
        for (int i = 0; i < works.length; i++) {
            Arrays.sort(millis[i]);
            medians[i] = millis[i][ROUNDS / 2];
        }
        return medians;
    }

    /** Both tasks of one frame, whose pixels are copied into a buffer kept from run to run, as a server does. */
    static Object score(OrtGraph graph, Frame frame, ByteBuffer pixels) {
        pixels.clear().put(frame.rgb()).flip();
        EngineBatch batch =
                new EngineBatch(1, frame.height(), frame.width(), pixels, new long[][] {{0}, {0}}, new long[] {0, 1});
        return graph.run(batch, Set.of("level_logits", "frame_embedding"));
    }

    /** OpenCV's own decode, in full. */
    static Object fullDecode(byte[] jpeg) {
        try (PointerScope scope = new PointerScope()) {
            Mat file = new Mat(new BytePointer(jpeg), false).reshape(0, 1);
            return opencv_imgcodecs
                    .imdecode(file, opencv_imgcodecs.IMREAD_COLOR)
                    .cols();
        }
    }

    /** Soft shapes with fine grain: a few bits a pixel, as a camera's JPEG has. */
    private static byte[] photo() {
        Random random = new Random(5);
        byte[] bgr = new byte[WIDTH * HEIGHT * 3];
        double[] rows = waves(random, HEIGHT);
        double[] columns = waves(random, WIDTH);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                double value =
                        128 + 50 * (rows[y] + columns[x]) + 30 * rows[(x + y) % HEIGHT] * columns[x] + grain(random);
                int at = (y * WIDTH + x) * 3;
                bgr[at] = (byte) clamp(value * 0.8 + 20 * columns[(x + 2 * y) % WIDTH]);
                bgr[at + 1] = (byte) clamp(value);
                bgr[at + 2] = (byte) clamp(value * 1.1 - 10 * rows[y]);
            }
        }
        try (PointerScope scope = new PointerScope()) {
            Mat picture = new Mat(HEIGHT, WIDTH, opencv_core.CV_8UC3);
            picture.data().put(bgr);
            BytePointer encoded = new BytePointer();
            opencv_imgcodecs.imencode(
                    ".jpg", picture, encoded, new IntPointer(opencv_imgcodecs.IMWRITE_JPEG_QUALITY, 92));
            byte[] bytes = new byte[Math.toIntExact(encoded.limit())];
            encoded.get(bytes);
            return bytes;
        }
    }

    private static double grain(Random random) {
        return 9 * (random.nextFloat() + random.nextFloat() - 1);
    }

    private static double[] waves(Random random, int length) {
        double[] values = new double[length];
        for (int k = 1; k <= 40; k++) {
            double phase = random.nextDouble() * 6;
            double period = length / (1.5 * k);
            for (int i = 0; i < length; i++) {
                values[i] += Math.sin(2 * Math.PI * i / period + phase) / (1 + k) * 0.7;
            }
        }
        return values;
    }

    private static int clamp(double value) {
        return (int) Math.max(0, Math.min(255, value));
    }
}
