package org.loupe.scoring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Memory as Linux tells it: what the machine has available ({@code /proc/meminfo}), or less where a control group (version 1 or 2, as
 * containers and services have them) allows less. A group's file cache that lies idle counts as available. Says nothing elsewhere.
 */
final class SystemMemory implements MemoryProbe {
    private static final String V2_ROOT = "sys/fs/cgroup";
    private static final String V1_ROOT = "sys/fs/cgroup/memory";
    /** Version 1 writes "no limit" as a number near the largest; no machine has that much. */
    private static final long NO_LIMIT_BYTES = 1L << 60;

    private final Path root;

    SystemMemory() {
        this(Path.of("/"));
    }

    /** @param root where {@code proc} and {@code sys} lie */
    SystemMemory(Path root) {
        this.root = root;
    }

    @Override
    public Optional<Memory> read() {
        Path meminfo = root.resolve("proc/meminfo");
        OptionalLong available = value(meminfo, "MemAvailable:", 1024);
        OptionalLong total = value(meminfo, "MemTotal:", 1024);
        if (available.isEmpty() || total.isEmpty()) {
            return Optional.empty();
        }
        Memory memory = new Memory(available.getAsLong(), total.getAsLong());
        memory = bounded(memory, V2_ROOT, group(""), "memory.max", "memory.current", "inactive_file");
        memory = bounded(
                memory,
                V1_ROOT,
                group("memory"),
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file");
        return Optional.of(memory);
    }

    /** A limit may stand on the process's own group or on any above it; inside a container its own looks like the root. */
    private Memory bounded(Memory memory, String hierarchy, String group, String limit, String usage, String idle) {
        Memory least = memory;
        Path top = root.resolve(hierarchy);
        @Nullable Path at = top.resolve(group).normalize();
        for (; at != null && at.startsWith(top); at = at.getParent()) {
            OptionalLong most = value(at.resolve(limit), "", 1);
            OptionalLong used = value(at.resolve(usage), "", 1);
            if (most.isPresent() && used.isPresent() && most.getAsLong() < NO_LIMIT_BYTES) {
                long cache = value(at.resolve("memory.stat"), idle + " ", 1).orElse(0);
                long left = Math.max(0, most.getAsLong() - used.getAsLong() + cache);
                least = new Memory(
                        Math.min(least.availableBytes(), left), Math.min(least.totalBytes(), most.getAsLong()));
            }
        }
        return least;
    }

    /** @return the process's group below the hierarchy of that controller, without leading slash; version 2 has an empty controller */
    private String group(String controller) {
        try {
            for (String line : Files.readAllLines(root.resolve("proc/self/cgroup"))) {
                String[] parts = line.split(":", 3);
                if (parts.length == 3 && List.of(parts[1].split(",", -1)).contains(controller)) {
                    return parts[2].replaceFirst("^/+", "");
                }
            }
        } catch (IOException e) {
            return ""; // no control groups, or none we may see
        }
        return "";
    }

    /** @return the number after that word at the beginning of a line; empty if there is none or it is no number, such as {@code max} */
    private static OptionalLong value(Path file, String word, long unitBytes) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(word)) {
                    String number = line.substring(word.length()).strip().split("\\s+")[0];
                    return OptionalLong.of(Math.multiplyExact(Long.parseLong(number), unitBytes));
                }
            }
        } catch (IOException | NumberFormatException | ArithmeticException e) {
            return OptionalLong.empty();
        }
        return OptionalLong.empty();
    }
}
