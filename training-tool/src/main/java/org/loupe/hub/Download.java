package org.loupe.hub;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches files in pieces over several connections. Used once. */
final class Download {
    private static final Logger LOG = LoggerFactory.getLogger(Download.class);
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");
    private static final int BUFFER = 128 << 10;
    /** Less than this between two failures is no progress: a server that drips would be asked for ever. */
    private static final long PROGRESS_BYTES = 64 << 10;

    private static final long REPORT_MILLIS = Duration.ofMillis(200).toMillis();

    private final HubHttp http;
    private final String resolvePath;
    private final HubPolicy policy;
    private final List<PartialFile> files;
    private int working;
    private @Nullable Throwable failure;

    /**
     * @param resolvePath path below the hub that a file's path is added to, ending in a slash
     * @param files stay the caller's
     */
    Download(HubHttp http, String resolvePath, HubPolicy policy, List<PartialFile> files) {
        this.http = http;
        this.resolvePath = resolvePath;
        this.policy = policy;
        this.files = List.copyOf(files);
    }

    /**
     * Returns when every file is complete.
     *
     * @param progress told the bytes that are there, on the calling thread
     * @throws ScoringException HUB_FAILED and whatever else a hub may answer; what was fetched is remembered
     */
    void run(LongConsumer progress) throws IOException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < policy.connections(); i++) {
            Thread thread = new Thread(this::work, "hub-download-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        try {
            for (Thread thread : threads) {
                while (thread.isAlive()) {
                    thread.join(REPORT_MILLIS);
                    progress.accept(
                            files.stream().mapToLong(PartialFile::doneBytes).sum());
                }
            }
        } catch (InterruptedException e) {
            fail(new ScoringException(ErrorReason.CANCELLED, "the download was stopped", e));
            threads.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
        }
        rethrow();
    }

    private synchronized void rethrow() throws IOException {
        Throwable why = failure;
        if (why instanceof IOException io) {
            throw io;
        }
        if (why instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (why != null) {
            throw new IllegalStateException("a download failed", why);
        }
    }

    private void work() {
        try {
            for (PartialFile.Piece piece = take(); piece != null; piece = take()) {
                try {
                    fetch(piece);
                } catch (PartialFile.Stale begunAgain) {
                    LOG.debug("{} is fetched anew", piece.file().file().path());
                } finally {
                    giveBack(piece);
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private synchronized PartialFile.@Nullable Piece take() {
        while (failure == null) {
            for (PartialFile file : files) {
                Optional<PartialFile.Piece> piece = file.next();
                if (piece.isPresent()) {
                    working++;
                    return piece.get();
                }
            }
            if (working == 0) {
                return null;
            }
            try {
                wait(); // a piece under way may be handed out again
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }
        return null;
    }

    private void giveBack(PartialFile.Piece piece) throws IOException {
        try {
            piece.file().release(piece);
        } finally {
            synchronized (this) {
                working--;
                notifyAll();
            }
        }
    }

    private synchronized void fail(Throwable why) {
        if (failure == null) {
            failure = why;
        }
        notifyAll();
    }

    private synchronized boolean failed() {
        return failure != null;
    }

    private void fetch(PartialFile.Piece piece) throws IOException, PartialFile.Stale {
        PartialFile file = piece.file();
        String path = resolvePath + ModelPull.encoded(file.file().path());
        Retry retry = new Retry(policy);
        long at = piece.range().from();
        while (at < piece.range().to() && !failed()) {
            long start = at;
            try {
                at = attempt(piece, path, start);
            } catch (Broken broken) {
                at = broken.at;
                if (piece.whole()) {
                    file.dropBytes(piece);
                    at = piece.range().from();
                } else if (at - start >= PROGRESS_BYTES) {
                    retry.progressed();
                }
                retry.failed(file.file().path(), broken.trouble);
            }
        }
        if (!failed() && !piece.whole()) {
            file.save();
        }
    }

    /** An attempt that ended early. */
    private static final class Broken extends Exception {
        final long at;
        final transient HubTrouble trouble;

        Broken(long at, HubTrouble trouble) {
            super(trouble);
            this.at = at;
            this.trouble = trouble;
        }
    }

    /** @return the end of what was fetched */
    private long attempt(PartialFile.Piece piece, String path, long start)
            throws Broken, IOException, PartialFile.Stale {
        Optional<ByteRanges.Range> asked = piece.whole()
                ? Optional.empty()
                : Optional.of(new ByteRanges.Range(start, piece.range().to()));
        HubHttp.Answer answer;
        try {
            answer = http.get(path, asked);
        } catch (HubTrouble trouble) {
            throw new Broken(start, trouble);
        }
        try (answer) {
            identify(piece, answer, start);
            return copy(piece, answer, start);
        }
    }

    private static void identify(PartialFile.Piece piece, HubHttp.Answer answer, long start)
            throws IOException, PartialFile.Stale {
        HttpHeaders headers = answer.headers();
        Optional<Long> size;
        if (answer.status() == 206 || answer.status() == 416) {
            Matcher range =
                    CONTENT_RANGE.matcher(headers.firstValue("Content-Range").orElse(""));
            boolean asAsked = answer.status() == 206 && range.matches() && Long.parseLong(range.group(1)) == start;
            size = Optional.of(asAsked ? Long.parseLong(range.group(3)) : -1L);
        } else {
            size = headers.firstValue("Content-Length").map(Download::number);
        }
        Optional<String> etag = answer.hubHeaders().firstValue("X-Linked-Etag").or(() -> headers.firstValue("ETag"));
        piece.file().checkSame(piece, etag, size);
        if (answer.status() == 200 && !piece.whole()) {
            piece.file().giveUpRanges(piece);
        }
    }

    private static long number(String header) {
        try {
            return Long.parseLong(header);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private long copy(PartialFile.Piece piece, HubHttp.Answer answer, long start)
            throws Broken, IOException, PartialFile.Stale {
        byte[] buffer = new byte[BUFFER];
        long at = start;
        while (at < piece.range().to() && !failed()) {
            int count;
            try {
                count = answer.body().read(buffer, 0, (int)
                        Math.min(buffer.length, piece.range().to() - at));
            } catch (IOException e) {
                throw new Broken(at, new HubTrouble("the connection broke off: " + e.getMessage(), null, e));
            }
            if (count < 0) {
                throw new Broken(at, new HubTrouble("the connection ended early", null, null));
            }
            piece.file().write(piece, at, ByteBuffer.wrap(buffer, 0, count));
            at += count;
        }
        return at;
    }
}
