package org.loupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What the kernel says of this process's memory; nothing where there is no Linux kernel to ask. */
public final class Memory {
    private static final Path PROCESS = Path.of("/proc/self/status");

    private Memory() {}

    /** @return bytes of this process that are in memory, mapped files included */
    static OptionalLong residentBytes() {
        return kilobytes(PROCESS, "VmRSS:");
    }

    /** @return the most bytes of this process that ever were in memory, mapped files included */
    public static OptionalLong peakBytes() {
        return kilobytes(PROCESS, "VmHWM:");
    }

    private static OptionalLong kilobytes(Path file, String field) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(field)) {
                    return OptionalLong.of(Long.parseLong(line.substring(field.length())
                                    .replace("kB", "")
                                    .trim())
                            << 10);
                }
            }
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty(); // another kind of system
        }
        return OptionalLong.empty();
    }
}
