package org.loupe.export.small;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaLibraries;
import org.loupe.decode.MediaSource;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtGraph;

/**
 * What a score costs beside the decoding of the same picture: packages of the small model against OpenCV's decode and the product's
 * decode, over JPEG files of one folder (512 x 512 pixels for the figure in the docs), one core, one run, medians of processor time over
 * interleaved rounds. A program, not a test:
 *
 * <pre>
 * java -cp training-tool/target/test-classes:$(cat target/loupe/all.classpath) org.loupe.export.small.SmallCostBenchmark FOLDER MODEL.onnx...
 * </pre>
 */
public final class SmallCostBenchmark {
    private static final int ROUNDS = 15;
    private static final int PICTURES = 12;

    private SmallCostBenchmark() {}

    /** One thing measured on one picture; does all its work on the calling thread. */
    private interface Work {
        Object run(byte[] jpeg, Frame frame);
    }

    public static void main(String[] arguments) throws IOException {
        MediaLibraries.prepare();
        List<byte[]> files = files(Path.of(arguments[0]));
        MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
        Frame[] frames = files.stream()
                .map(jpeg -> decoder.decode(MediaSource.of(jpeg), DecodeRequest.FULL)
                        .frames()
                        .get(0))
                .toArray(Frame[]::new);
        EngineConfig one = EngineConfig.DEFAULT.withThreads(1).withDevice("cpu");
        int largest = Arrays.stream(frames)
                .mapToInt(frame -> frame.rgb().length)
                .max()
                .orElseThrow();
        ByteBuffer pixels = ByteBuffer.allocateDirect(largest);
        OrtGraph[] graphs = new OrtGraph[arguments.length - 1];
        Work[] works = new Work[2 + graphs.length];
        works[0] = (jpeg, frame) -> SmallGraphBenchmark.fullDecode(jpeg);
        works[1] = (jpeg, frame) -> decoder.decode(MediaSource.of(jpeg), DecodeRequest.FULL);
        for (int g = 0; g < graphs.length; g++) {
            OrtGraph graph = OrtGraph.open(Path.of(arguments[1 + g]), one);
            graphs[g] = graph;
            works[2 + g] = (jpeg, frame) -> SmallGraphBenchmark.score(graph, frame, pixels);
        }
        double[] millis = medians(works, files, frames);
        System.out.printf("%d pictures, medians of %d rounds%n", frames.length, ROUNDS);
        System.out.printf("%-52s %8s %10s %12s%n", "", "ms", "OpenCV = 1", "product = 1");
        print("decode by OpenCV", millis[0], millis);
        print("decode by the product", millis[1], millis);
        for (int g = 0; g < graphs.length; g++) {
            print(arguments[1 + g], millis[2 + g], millis);
            graphs[g].close();
        }
    }

    private static void print(String what, double spent, double[] millis) {
        System.out.printf("%-52s %8.2f %10.2f %12.2f%n", what, spent, spent / millis[0], spent / millis[1]);
    }

    private static List<byte[]> files(Path folder) throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            List<byte[]> files = new java.util.ArrayList<>();
            List<Path> sorted = list.filter(file -> file.toString().endsWith(".jpg"))
                    .sorted()
                    .toList();
            for (int i = 0; i < PICTURES; i++) {
                files.add(Files.readAllBytes(sorted.get(i * sorted.size() / PICTURES)));
            }
            return files;
        }
    }

    private static double[] medians(Work[] works, List<byte[]> files, Frame[] frames) {
        double[][] millis = new double[works.length][ROUNDS];
        for (int round = -3; round < ROUNDS; round++) {
            for (int i = 0; i < works.length; i++) {
                long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                for (int f = 0; f < frames.length; f++) {
                    if (works[i].run(files.get(f), frames[f]).hashCode() == 42) {
                        System.out.print(""); // the result is used, so the work cannot be left out
                    }
                }
                if (round >= 0) {
                    long spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
                    millis[i][round] = spent / 1e6 / frames.length;
                }
            }
        }
        return Arrays.stream(millis)
                .mapToDouble(row -> Arrays.stream(row).sorted().toArray()[ROUNDS / 2])
                .toArray();
    }
}
