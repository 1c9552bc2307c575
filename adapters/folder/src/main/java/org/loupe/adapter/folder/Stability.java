package org.loupe.adapter.folder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells files that are finished from files that are still being written: size and time of change have stood still for a quiet period.
 * Nothing tells a program that another one has closed a file, so this is a guess; a wrong one heals, because the file changes again
 * and comes back. Safe for use by many threads.
 */
final class Stability {
    /**
     * Most files waited for at a time, some 10 MB. A copy of more files than this within one quiet period is left to the next sweep.
     */
    static final int MAX_PENDING = 50_000;

    private final Duration quietPeriod;
    private final Map<Path, Pending> pending = new HashMap<>();

    Stability(Duration quietPeriod) {
        this.quietPeriod = quietPeriod;
    }

    /** Size and time of change of a regular file. */
    record Look(long sizeBytes, FileTime modified) {
        /** @return the regular file as it is now, not followed if it is a link; null if there is none */
        static @Nullable Look at(Path file) {
            try {
                BasicFileAttributes attributes =
                        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                return attributes.isRegularFile() ? new Look(attributes.size(), attributes.lastModifiedTime()) : null;
            } catch (IOException e) {
                return null; // gone, or no longer ours to see
            }
        }
    }

    /** @return a look as text, to the nanosecond */
    static String encoded(Look look) {
        Instant modified = look.modified().toInstant();
        return look.sizeBytes() + ":" + modified.getEpochSecond() + ":" + modified.getNano();
    }

    /** @throws NumberFormatException or {@link ArrayIndexOutOfBoundsException} if that is no look */
    static Look decoded(String text) {
        String[] numbers = text.split(":", -1);
        Instant modified = Instant.ofEpochSecond(Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
        return new Look(Long.parseLong(numbers[0]), FileTime.from(modified));
    }

    private record Pending(Look look, Instant since) {}

    /**
     * Looks at a file.
     *
     * @return READY if it was last changed a quiet period ago, which needs no waiting; FULL if it cannot be waited for now
     */
    synchronized Verdict offer(Path file, Look look, Instant now) {
        Duration age = Duration.between(look.modified().toInstant(), now);
        if (age.compareTo(quietPeriod) >= 0) {
            pending.remove(file);
            return Verdict.READY;
        }
        Pending before = pending.get(file);
        if (before == null && pending.size() >= MAX_PENDING) {
            return Verdict.FULL;
        }
        if (before == null || !before.look.equals(look)) {
            pending.put(file, new Pending(look, now));
        }
        return Verdict.WAITING;
    }

    /** What is to be done with a file that was looked at. */
    enum Verdict {
        READY,
        WAITING,
        FULL
    }

    /**
     * Takes out the files that have settled.
     *
     * @param look the file as it is now, null if it has gone
     */
    synchronized List<Path> settled(Instant now, Function<Path, @Nullable Look> look) {
        List<Path> settled = new ArrayList<>();
        Iterator<Map.Entry<Path, Pending>> entries = pending.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<Path, Pending> entry = entries.next();
            Pending before = entry.getValue();
            if (Duration.between(before.since, now).compareTo(quietPeriod) < 0) {
                continue;
            }
            Look present = look.apply(entry.getKey());
            if (present == null) {
                entries.remove();
            } else if (present.equals(before.look)) {
                entries.remove();
                settled.add(entry.getKey());
            } else {
                entry.setValue(new Pending(present, now));
            }
        }
        return settled;
    }

    /** @return files waited for */
    synchronized int waiting() {
        return pending.size();
    }
}
