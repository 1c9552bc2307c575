package org.loupe.dataset.check;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaInfo;
import org.loupe.decode.MediaSource;
import org.loupe.decode.Orientation;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Decodes every medium once, with the decoder and the limits of a server, on all processors. What is kept of each is a few kilobytes. JPEG
 * is read at a reduced size where that is large enough for a thumbnail; a clip to its end.
 */
final class MediaScan {
    private final MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
    private final ProgressBar bar;

    MediaScan(ProgressBar bar) {
        this.bar = bar;
    }

    /** @return the media by file, in order of name */
    Map<Path, Medium> read(Collection<Path> files) {
        ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            AtomicInteger done = new AtomicInteger();
            List<Future<Medium>> running = new ArrayList<>();
            for (Path file : files) {
                running.add(threads.submit(() -> {
                    Medium medium = read(file);
                    bar.at("Reading media", done.incrementAndGet(), files.size());
                    return medium;
                }));
            }
            Map<Path, Medium> media = new TreeMap<>();
            for (Future<Medium> each : running) {
                Medium medium = each.get();
                media.put(medium.file(), medium);
            }
            return media;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof ScoringException known ? known : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ScoringException(ErrorReason.CANCELLED, "the check was interrupted", e);
        } finally {
            threads.shutdownNow();
        }
    }

    private Medium read(Path file) {
        String digest = "";
        try {
            digest = Sha256.hex(file);
            @Nullable Thumbnail[] kept = new Thumbnail[1];
            DecodeRequest reduced = new DecodeRequest(MediaScan::reduction, Orientation.APPLY);
            MediaInfo info = decoder.decode(MediaSource.of(file), reduced, (index, frame) -> {
                if (Integer.bitCount(index + 1)
                        == 1) { // of a clip the last second of 1, 2, 4, 8, ...: seldom its fade-in
                    kept[0] = Thumbnail.of(frame);
                }
            });
            return new Medium(file, digest, info.width(), info.height(), info.frames(), kept[0], "");
        } catch (ScoringException e) {
            if (e.reason() == ErrorReason.CANCELLED) {
                throw e;
            }
            return new Medium(file, digest, 0, 0, 0, null, e.reason() + ", " + e.getMessage());
        } catch (IOException e) {
            return new Medium(file, digest, 0, 0, 0, null, ErrorReason.IO_FAILED + ", " + e.getMessage());
        }
    }

    /** As far as both sides stay above four times what a thumbnail needs. */
    private static int reduction(int width, int height) {
        int reduction = 1;
        while (reduction < 8 && Math.min(width, height) / (2 * reduction) >= 4 * Thumbnail.SIDE) {
            reduction *= 2;
        }
        return reduction;
    }
}
