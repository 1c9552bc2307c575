package org.loupe.adapter.folder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the finished files below a folder: by the system's notifications where they exist, and by a full sweep now and then, because
 * notifications get lost and network mounts send none. Symbolic links are not followed, so no loop can catch it and nothing outside
 * the folder is reached; a link to a file inside is passed by, since its target is found itself. Each file is reported again by every
 * sweep: whoever listens remembers what is done.
 */
final class StableFiles implements AutoCloseable {
    /** Directories that systems and NAS boxes keep for themselves, beside those whose names begin with a dot. */
    private static final Set<String> SYSTEM_DIRECTORIES =
            Set.of("@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found", "__macosx");

    /** Endings under which programs write what is not finished. */
    private static final List<String> UNFINISHED =
            List.of(".tmp", ".temp", ".part", ".partial", ".crdownload", ".filepart", ".download", ".swp", "~");

    /** Shortest time between sweeps asked for by lost notifications; a storm of them must not become a storm of sweeps. */
    private static final Duration BREATH = Duration.ofSeconds(2);

    private final Path root;
    private final Predicate<Path> excluded;
    private final Duration sweepEvery;
    private final Clock clock;
    private final Listener listener;
    private final Stability stability;
    private final long tickMillis;
    private final Set<Path> refused = ConcurrentHashMap.newKeySet();
    private final Object sweepSignal = new Object();
    private boolean sweepWanted;
    private @Nullable WatchService notifications;
    private @Nullable Thread watching;
    private @Nullable Thread sweeping;
    private volatile boolean closed;

    /** Told what is found. Called by two threads; may block, which slows the search and loses nothing. */
    interface Listener {
        /** A file that has stood still. */
        void stable(Path file);

        /** A file or directory that is passed by for a reason its owner should know; once for each. */
        void refused(Path path, String why);

        /** A file of ours that a killed run left behind. */
        void leftOver(Path file);

        /** A full sweep begins. */
        default void sweepBegins() {}

        /** A full sweep has ended and reported all that stood still. */
        default void sweepEnds() {}
    }

    /**
     * @param root real path of the folder
     * @param excluded directories below it to stay out of
     * @param quietPeriod how long size and time of change must have stood still
     * @param sweepEvery time from the end of one sweep to the next
     */
    StableFiles(
            Path root,
            Predicate<Path> excluded,
            Duration quietPeriod,
            Duration sweepEvery,
            Clock clock,
            Listener listener) {
        this.root = root;
        this.excluded = excluded;
        this.sweepEvery = sweepEvery;
        this.clock = clock;
        this.listener = listener;
        this.stability = new Stability(quietPeriod);
        // Four looks in a quiet period keep the delay small; bounded so that odd periods neither spin nor sleep on.
        this.tickMillis = Math.min(1000, Math.max(20, quietPeriod.toMillis() / 4));
    }

    /** Starts to watch and to sweep, the first time at once. @throws IOException if the system has no notifications to give */
    void start() throws IOException {
        WatchService service = root.getFileSystem().newWatchService();
        notifications = service;
        watching = thread("loupe-folder-watch", () -> watch(service));
        sweeping = thread("loupe-folder-sweep", this::sweepNowAndThen);
    }

    /** Sweeps once in the caller's thread and stays until every file found has settled, been reported or gone. */
    void sweepOnce() throws IOException, InterruptedException {
        listener.sweepBegins();
        walk(root, null);
        while (stability.waiting() > 0 && !closed) {
            Thread.sleep(tickMillis);
            reportSettled();
        }
        listener.sweepEnds();
    }

    /** @return files seen but still being written */
    int waiting() {
        return stability.waiting();
    }

    /** Makes {@link #sweepOnce} and the two threads come to an end soon; does not wait for them. */
    void stop() {
        closed = true;
    }

    /** Stops looking; returns when no listener is being called any more. */
    @Override
    public void close() {
        closed = true;
        WatchService service = notifications;
        if (service != null) {
            try {
                service.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        synchronized (sweepSignal) {
            sweepSignal.notifyAll();
        }
        join(watching);
        join(sweeping);
    }

    private void watch(WatchService service) {
        while (!closed) {
            try {
                WatchKey key = service.poll(tickMillis, TimeUnit.MILLISECONDS);
                if (key != null) {
                    Path directory = (Path) key.watchable();
                    for (WatchEvent<?> event : key.pollEvents()) {
                        if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
                            wantSweep();
                        } else if (event.context() instanceof Path name) {
                            noticed(directory.resolve(name), service);
                        }
                    }
                    key.reset(); // a directory that was deleted answers no, and needs nothing more
                }
                reportSettled();
            } catch (ClosedWatchServiceException e) {
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (IOException e) {
                wantSweep(); // a directory went while we looked at it
            }
        }
    }

    private void noticed(Path path, WatchService service) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            walk(path, service); // files may have come before the directory was registered
        } else if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            found(path, Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
        }
    }

    private void sweepNowAndThen() {
        while (!closed) {
            try {
                listener.sweepBegins();
                walk(root, notifications);
                listener.sweepEnds();
                waitForNextSweep();
            } catch (IOException | ClosedWatchServiceException e) {
                refuse(root, "it cannot be read: " + e.getMessage());
                if (!pause()) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private boolean pause() {
        try {
            waitForNextSweep();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void waitForNextSweep() throws InterruptedException {
        long end = System.nanoTime() + sweepEvery.toNanos();
        long earliest = System.nanoTime() + Math.min(BREATH.toNanos(), sweepEvery.toNanos());
        synchronized (sweepSignal) {
            while (!closed) {
                long now = System.nanoTime();
                long left = (sweepWanted ? earliest : end) - now;
                if (left <= 0) {
                    break;
                }
                TimeUnit.NANOSECONDS.timedWait(sweepSignal, left);
            }
            sweepWanted = false;
        }
    }

    private void wantSweep() {
        synchronized (sweepSignal) {
            sweepWanted = true;
            sweepSignal.notifyAll();
        }
    }

    /** @param service to register directories with; null to look only */
    private void walk(Path from, @Nullable WatchService service) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                if (closed) {
                    return FileVisitResult.TERMINATE;
                }
                if (!directory.equals(root) && (isHidden(directory) || excluded.test(directory))) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                if (service != null) {
                    register(directory, service);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                // Only when going through everything: a notification tells of a living writer's file, not of a dead
                // one's.
                if (from.equals(root) && XmpSidecar.isTemporary(file)) {
                    listener.leftOver(file);
                }
                found(file, attributes);
                return closed ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (file.equals(root)) {
                    throw failure;
                }
                if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) { // otherwise it was deleted meanwhile
                    refuse(file, "it cannot be read: " + failure.getMessage());
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
                return FileVisitResult.CONTINUE; // it was deleted while we listed it; the next sweep sees what is left
            }
        });
    }

    /** Registering a directory twice is harmless: the system answers with the same key. */
    private void register(Path directory, WatchService service) {
        try {
            directory.register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        } catch (IOException e) {
            if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                // Typically the limit of watches per user; the sweeps go on.
                refuse(root, "changes are only found by the sweep: " + e.getMessage());
            }
        }
    }

    private void found(Path file, BasicFileAttributes attributes) {
        if (attributes.isSymbolicLink()) {
            foundLink(file);
            return;
        }
        if (!attributes.isRegularFile()) {
            return;
        }
        if (isHidden(file) || SidecarName.isSidecar(file) || isUnfinished(file)) {
            return;
        }
        Stability.Look look = new Stability.Look(attributes.size(), attributes.lastModifiedTime());
        switch (stability.offer(file, look, clock.instant())) {
            case READY -> listener.stable(file);
            case FULL -> wantSweep();
            case WAITING -> {}
        }
    }

    private void foundLink(Path link) {
        try {
            if (!isHidden(link)
                    && !SidecarName.isSidecar(link)
                    && !link.toRealPath().startsWith(root)) {
                refuse(link, "it is a link that leaves the folder; watch its target instead");
            }
        } catch (IOException e) {
            refuse(link, "it is a link to nothing");
        }
    }

    private void refuse(Path path, String why) {
        if (refused.add(path)) {
            listener.refused(path, why);
        }
    }

    private void reportSettled() {
        for (Path file : stability.settled(clock.instant(), Stability.Look::at)) {
            listener.stable(file);
        }
    }

    private static boolean isHidden(Path path) {
        String name = path.getFileName().toString();
        return name.startsWith(".") || SYSTEM_DIRECTORIES.contains(name.toLowerCase(Locale.ROOT));
    }

    private static boolean isUnfinished(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return UNFINISHED.stream().anyMatch(name::endsWith);
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void join(@Nullable Thread thread) {
        if (thread == null || thread == Thread.currentThread()) {
            return;
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
