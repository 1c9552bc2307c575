package org.loupe.decode;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.loupe.client.ScoreOptions;
import org.loupe.score.ScoredMedia;
import org.loupe.scoring.LocalScorer;

/**
 * Scores films of 240 x 96 with their timeline and prints the memory that took, to be run in a small heap. Arguments: model, then
 * lengths in minutes; the films are made beside each other in the temporary directory and deleted. One line a film; memory is the
 * process's, so give the longest film last.
 */
final class FilmProof {
    /** Two frames a second keep the making of the films short; what is scored is one a second as ever. */
    private static final int RATE = 2;

    private static final int SCALE = 3;

    private FilmProof() {}

    public static void main(String[] arguments) throws IOException {
        System.out.printf(
                "heap limit %d MB%n%-8s %8s %10s %10s %12s %14s %10s%n",
                Runtime.getRuntime().maxMemory() >> 20,
                "minutes",
                "frames",
                "segments",
                "seconds",
                "pixels MB",
                "heap peak MB",
                "RSS MB");
        try (LocalScorer scorer = LocalScorer.open(arguments[0])) {
            for (int i = 1; i < arguments.length; i++) {
                score(scorer, Integer.parseInt(arguments[i]));
            }
        }
    }

    private static void score(LocalScorer scorer, int minutes) throws IOException {
        Path film = Files.createTempFile("film", ".mp4");
        try {
            new TestVideo("mp4", "mpeg4", minutes * 60 * RATE, RATE, 1, 48, 0, false, SCALE).write(film);
            ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
            long start = System.nanoTime();
            ScoredMedia scored = scorer.scoreAsync(
                            MediaSource.of(film),
                            ScoreOptions.DEFAULT.withTimeline(ScoreOptions.DEFAULT_SEGMENT_SECONDS))
                    .join();
            System.out.printf(
                    Locale.ROOT,
                    "%-8d %8d %10d %10.0f %12d %14d %10d%n",
                    minutes,
                    scored.frames(),
                    scored.timeline().orElseThrow().segments().size(),
                    (System.nanoTime() - start) / 1e9,
                    ((long) scored.frames() * SCALE * SCALE * TestVideo.WIDTH * TestVideo.HEIGHT * 3) >> 20,
                    heapPeakBytes() >> 20,
                    residentBytes() >> 20);
        } finally {
            Files.delete(film);
        }
    }

    private static long heapPeakBytes() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
    }

    /** Highest resident size so far, from Linux; 0 elsewhere. */
    private static long residentBytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                .findFirst()
                .orElse(0);
    }
}
