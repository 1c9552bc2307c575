package org.loupe.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Closes streams whose server has fallen silent: the HTTP client itself waits for bodies without end. Safe for use by many threads. */
final class StallGuard implements AutoCloseable {
    private static final long NOT_READING = Long.MAX_VALUE;

    private final long stallNanos;
    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(runnable -> {
        Thread thread = new Thread(runnable, "hub-stall-guard");
        thread.setDaemon(true);
        return thread;
    });

    StallGuard(Duration stall) {
        stallNanos = stall.toNanos();
        long often = Math.max(1, stall.toMillis() / 4);
        ScheduledFuture<?> unused = clock.scheduleWithFixedDelay(this::look, often, often, TimeUnit.MILLISECONDS);
    }

    /** @return the same bytes; a read that waits too long ends with an {@link IOException} or the end of the stream */
    InputStream watch(InputStream stream) {
        Watched guarded = new Watched(stream);
        watched.add(guarded);
        return guarded;
    }

    private void look() {
        long now = System.nanoTime();
        for (Watched each : watched) {
            long since = each.readingSince;
            if (since != NOT_READING && now - since > stallNanos) {
                each.closeQuietly();
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }

    private final class Watched extends FilterInputStream {
        volatile long readingSince = NOT_READING;

        Watched(InputStream stream) {
            super(stream);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            readingSince = System.nanoTime();
            try {
                return super.read(bytes, offset, length);
            } finally {
                readingSince = NOT_READING;
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        void closeQuietly() {
            try {
                close();
            } catch (IOException alreadyBroken) {
                watched.remove(this);
            }
        }

        @Override
        public void close() throws IOException {
            watched.remove(this);
            super.close();
        }
    }
}
