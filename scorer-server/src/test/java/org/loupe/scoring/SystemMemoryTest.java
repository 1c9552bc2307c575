package org.loupe.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On files laid out as Linux lays them out. */
@SuppressWarnings("NullAway.Init") // filled before each test
class SystemMemoryTest {
    private static final long GIB = 1L << 30;

    @TempDir
    private Path root;

    @Test
    void withoutLimitItIsWhatTheMachineHasAvailable() throws IOException {
        machine();
        write("proc/self/cgroup", "0::/user.slice\n");
        write("sys/fs/cgroup/user.slice/memory.max", "max\n");
        write("sys/fs/cgroup/user.slice/memory.current", "5\n");

        assertThat(read()).contains(new MemoryProbe.Memory(8 * GIB, 16 * GIB));
    }

    @Test
    void aGroupOfVersion2BoundsItAndIdleCacheCountsAsFree() throws IOException {
        machine();
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/memory.max", 4 * GIB + "\n");
        write("sys/fs/cgroup/memory.current", 3 * GIB + "\n");
        write("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file " + GIB + "\nactive_file 7\n");

        assertThat(read()).contains(new MemoryProbe.Memory(2 * GIB, 4 * GIB));
    }

    @Test
    void aLimitOnAGroupAboveCountsToo() throws IOException {
        machine();
        write("proc/self/cgroup", "0::/service/inner\n");
        write("sys/fs/cgroup/service/inner/memory.max", "max\n");
        write("sys/fs/cgroup/service/inner/memory.current", "1\n");
        write("sys/fs/cgroup/service/memory.max", GIB + "\n");
        write("sys/fs/cgroup/service/memory.current", 2 * GIB + "\n");

        assertThat(read()).contains(new MemoryProbe.Memory(0, GIB));
    }

    @Test
    void aGroupOfVersion1BoundsIt() throws IOException {
        machine();
        write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/box\n");
        write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", 2 * GIB + "\n");
        write("sys/fs/cgroup/memory/box/memory.usage_in_bytes", GIB + "\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");

        assertThat(read()).contains(new MemoryProbe.Memory(GIB, 2 * GIB));
    }

    @Test
    void whereNobodyTellsItIsUnknown() {
        assertThat(read()).isEmpty();
    }

    @Test
    void thisMachineHasSomeIfItTells() {
        assertThat(new SystemMemory().read().stream()).allSatisfy(memory -> {
            assertThat(memory.totalBytes()).isPositive();
            assertThat(memory.availableBytes()).isBetween(0L, memory.totalBytes());
        });
    }

    private Optional<MemoryProbe.Memory> read() {
        return new SystemMemory(root).read();
    }

    private void machine() throws IOException {
        write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:  12 kB\nMemAvailable:    8388608 kB\n");
    }

    private void write(String file, String text) throws IOException {
        Files.createDirectories(root.resolve(file).getParent());
        Files.writeString(root.resolve(file), text);
    }
}
