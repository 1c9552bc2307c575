package org.loupe.export.adapter;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.loupe.engine.AdapterHandle;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.ModelPackage;

/**
 * What adapters cost in processor time, summed over the threads of a run: on a machine that others use too, the wall clock tells more of
 * them. The cases take turns in one process.
 *
 * <pre>java org.loupe.export.adapter.AdapterCost THREADS ROUNDS PLAIN_PACKAGE CAPABLE_PACKAGE ADAPTER ADAPTER</pre>
 *
 * The packages are imports of one checkpoint without and with adapter targets. Prints median and least of each case in milliseconds, and the
 * median of the differences to the plain package in the same round.
 */
final class AdapterCost {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final Map<String, List<Double>> millis = new LinkedHashMap<>();

    private AdapterCost() {}

    @FunctionalInterface
    private interface Run {
        void once();
    }

    public static void main(String[] args) {
        EngineConfig config = EngineConfig.DEFAULT.withThreads(Integer.parseInt(args[0]));
        int rounds = Integer.parseInt(args[1]);
        AdapterCost cost = new AdapterCost();
        try (ModelPackage plainPackage = ModelPackage.open(Path.of(args[2]));
                ModelPackage capablePackage = ModelPackage.open(Path.of(args[3]));
                OrtEngine plain = OrtEngine.open(plainPackage, config);
                OrtEngine capable = OrtEngine.open(capablePackage, config);
                AdapterPackage first = AdapterPackage.open(Path.of(args[4]));
                AdapterPackage second = AdapterPackage.open(Path.of(args[5]));
                AdapterHandle a = capable.addAdapter(first);
                AdapterHandle b = capable.addAdapter(second)) {
            int side = Objects.requireNonNull(plainPackage.manifest().input().side());
            for (int round = -2; round < rounds; round++) {
                cost.time(round, "plain package", () -> plain.run(photo(side, null)));
                cost.time(round, "no adapter", () -> capable.run(photo(side, null)));
                cost.time(round, "adapter A", () -> capable.run(photo(side, a)));
                cost.time(
                        round,
                        "A A B B",
                        () -> capable.run(photo(side, a)),
                        () -> capable.run(photo(side, a)),
                        () -> capable.run(photo(side, b)),
                        () -> capable.run(photo(side, b)));
                cost.time(
                        round,
                        "A B A B",
                        () -> capable.run(photo(side, a)),
                        () -> capable.run(photo(side, b)),
                        () -> capable.run(photo(side, a)),
                        () -> capable.run(photo(side, b)));
            }
        }
        cost.print();
    }

    private void time(int round, String name, Run... runs) {
        long start = SYSTEM.getProcessCpuTime();
        for (Run run : runs) {
            run.once();
        }
        double each = (SYSTEM.getProcessCpuTime() - start) / 1e6 / runs.length;
        if (round >= 0) {
            millis.computeIfAbsent(name, key -> new ArrayList<>()).add(each);
        }
    }

    private void print() {
        List<Double> plain = Objects.requireNonNull(millis.get("plain package"));
        millis.forEach((name, times) -> {
            double[] over = new double[times.size()];
            for (int i = 0; i < over.length; i++) {
                over[i] = times.get(i) - plain.get(i);
            }
            double[] all = times.stream().mapToDouble(Double::doubleValue).toArray();
            System.out.printf(
                    Locale.ROOT,
                    "%-20s median %8.1f ms  least %8.1f ms  median over plain %+8.1f ms%n",
                    name,
                    median(all),
                    Arrays.stream(all).min().orElse(0),
                    median(over));
        });
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** One photo, quality and aesthetics. */
    private static EngineBatch photo(int side, @Nullable AdapterHandle adapter) {
        byte[] bytes = new byte[side * side * 3];
        new Random(7).nextBytes(bytes);
        ByteBuffer pixels = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        return new EngineBatch(1, side, side, pixels, new long[][] {{0}, {0}}, new long[] {0, 1}, adapter);
    }
}
