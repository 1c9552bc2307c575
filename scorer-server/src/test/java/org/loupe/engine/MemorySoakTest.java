package org.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;

/**
 * Runs a graph again and again with batches that change their size, and watches the memory of the process. A short form in every build; the
 * long one, with {@code -Dloupe.soak.device=cuda} for a machine with a GPU, writes the curves: {@code mvn -pl scorer-server -am test
 * -Dtest=MemorySoakTest -Dsurefire.failIfNoSpecifiedTests=false -Dloupe.soak.runs=10000 -Dloupe.soak.out=DIR}.
 */
class MemorySoakTest {
    private static final int RUNS = Integer.getInteger("loupe.soak.runs", 300);
    /** On a GPU the memory of the process still tells whether the engine's buffers on this side grow. */
    private static final String DEVICE = System.getProperty("loupe.soak.device", "cpu");
    /** Frames of a clip and photos of a batch as the server makes them. */
    private static final int MOST_FRAMES = 16;
    /** Smallest and largest side of a picture for a model that takes them as they come. */
    private static final int SMALL_SIDE = 48;

    private static final int LARGE_SIDE = 320;

    /** What a few hundred runs may add once every kind of batch was seen: less than one copy of the weights of any real model. */
    private static final long MOST_GROWTH_BYTES = 48L << 20;

    /** The process after some runs. */
    private record Sample(int run, long residentBytes) {}

    @Test
    void batchesOfAllSizesLeaveMemoryAsItIs() throws Exception {
        Path directory = Path.of(
                        Objects.requireNonNull(MemorySoakTest.class.getResource("/models/tiny-align/model.json"))
                                .toURI())
                .resolveSibling("");
        try (ModelPackage model = ModelPackage.open(directory)) {
            soak("batches", model, 56, 56);
        }
    }

    @Test
    void picturesOfAllShapesLeaveMemoryAsItIs() throws Exception {
        try (ModelPackage model = ModelResolver.standard().open("loupe-small")) {
            soak("shapes", model, SMALL_SIDE, LARGE_SIDE);
        }
    }

    private static void soak(String name, ModelPackage model, int smallest, int largest) throws IOException {
        Assumptions.assumeTrue(Files.isReadable(Path.of("/proc/self/status")), "needs Linux to read the memory");
        // One buffer for all runs: what grows is the engine's.
        ByteBuffer colours = ByteBuffer.allocateDirect(MOST_FRAMES * largest * largest * 3);
        SplittableRandom random = new SplittableRandom(5);
        List<Sample> samples = new ArrayList<>();
        try (OrtEngine engine =
                OrtEngine.open(model, EngineConfig.DEFAULT.withThreads(1).withDevice(DEVICE))) {
            for (int run = 0; run < RUNS; run++) {
                engine.run(batch(random, colours, smallest, largest, model));
                if (run % Math.max(1, RUNS / 200) == 0) {
                    samples.add(new Sample(run, residentBytes()));
                }
            }
        }
        write(name, samples);
        long early = peak(samples.subList(0, samples.size() / 2));
        long late = peak(samples.subList(samples.size() / 2, samples.size()));
        System.out.printf(
                Locale.ROOT,
                "memory soak, %s: %d runs, %d MB at most in the first half, %d MB in the second%n",
                name,
                RUNS,
                early >> 20,
                late >> 20);
        assertThat(late - early).isLessThan(MOST_GROWTH_BYTES);
    }

    private static EngineBatch batch(
            SplittableRandom random, ByteBuffer colours, int smallest, int largest, ModelPackage model) {
        int height = random.nextInt(smallest, largest + 1);
        int width = random.nextInt(smallest, largest + 1);
        boolean clips = model.manifest().limits().maxFrames() > 1 && random.nextInt(4) == 0;
        int framesPerRow = clips ? random.nextInt(1, 9) : 1;
        int items = random.nextInt(1, MOST_FRAMES / framesPerRow + 1);
        int frames = items * framesPerRow;
        int tasks = Math.min(2, model.manifest().prompts().size());
        long[][] rows = new long[items * tasks][framesPerRow];
        long[] prompts = new long[rows.length];
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < framesPerRow; i++) {
                rows[row][i] = (long) row / tasks * framesPerRow + i;
            }
            prompts[row] = row % tasks;
        }
        ByteBuffer pixels = colours.duplicate().clear().limit(frames * height * width * 3);
        return new EngineBatch(frames, height, width, pixels, rows, prompts);
    }

    private static long peak(List<Sample> samples) {
        return samples.stream().mapToLong(Sample::residentBytes).max().orElseThrow();
    }

    /** Memory that comes from no file: what arenas and the heap hold, and not the mapped weights. */
    private static long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("RssAnon:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("the kernel does not tell");
    }

    private static void write(String name, List<Sample> samples) throws IOException {
        String out = System.getProperty("loupe.soak.out");
        if (out == null) {
            return;
        }
        StringBuilder csv = new StringBuilder("run,anonymous_mb\n");
        samples.forEach(sample -> csv.append(sample.run())
                .append(',')
                .append(String.format(Locale.ROOT, "%.1f", sample.residentBytes() / 1048576.0))
                .append('\n'));
        Files.writeString(Files.createDirectories(Path.of(out)).resolve("soak-" + name + ".csv"), csv);
    }
}
