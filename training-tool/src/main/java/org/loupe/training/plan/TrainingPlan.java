package org.loupe.training.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scoring.MemoryProbe;

/**
 * What a run takes.
 *
 * @param subject what is trained and how, one line
 * @param parameters by part of the network
 * @param memory what fills it at the fullest moment
 * @param remarks on the figures, one sentence each
 * @param time how long it takes
 * @param limit what there is
 * @param ways that would need less, the gentlest first
 */
public record TrainingPlan(
        String subject,
        List<Parameters> parameters,
        List<Memory> memory,
        List<String> remarks,
        Time time,
        Limit limit,
        List<Way> ways) {
    private static final double GIB = 1L << 30;
    private static final double MIB = 1L << 20;
    private static final double SECONDS_PER_HOUR = 3600;
    // A plan is an estimate, and a machine that swaps is no use: this much of what is free may be planned for.
    private static final double USABLE = 0.92;

    public TrainingPlan {
        parameters = List.copyOf(parameters);
        memory = List.copyOf(memory);
        remarks = List.copyOf(remarks);
        ways = List.copyOf(ways);
    }

    /**
     * @param part name of a part of the network
     * @param all its parameters
     * @param trained how many of them learn
     */
    public record Parameters(String part, long all, long trained) {}

    /**
     * @param what fills it
     * @param bytes how much
     * @param note more about it; may be empty
     */
    public record Memory(String what, long bytes, String note) {}

    /**
     * @param flopPerItem operations for one item, forward and backward
     * @param flopPerSecond what the machine was measured to do; 0 if it was not measured
     * @param items of one epoch
     * @param epochs of the run
     * @param measured how the speed was found out
     */
    public record Time(double flopPerItem, double flopPerSecond, long items, int epochs, String measured) {
        /** @return seconds of one pass over the items; not a number where the speed is not known */
        public double epochSeconds() {
            return flopPerSecond > 0 ? flopPerItem * items / flopPerSecond : Double.NaN;
        }
    }

    /**
     * @param bytes that can be used; {@link Long#MAX_VALUE} if nobody knows
     * @param where what it is the limit of
     */
    public record Limit(long bytes, String where) {
        /** @return what is free on this machine, as far as it tells */
        public static Limit here() {
            return new Limit(
                    MemoryProbe.system()
                            .read()
                            .map(MemoryProbe.Memory::availableBytes)
                            .orElse(Long.MAX_VALUE),
                    "this machine");
        }
    }

    /**
     * @param change what to do, an option as it is typed
     * @param bytes what the run needs then
     */
    public record Way(String change, long bytes) {}

    /** @return bytes of all together */
    public long bytes() {
        return memory.stream().mapToLong(Memory::bytes).sum();
    }

    /** @return whether all together fit, with some room */
    public boolean fits() {
        return fits(bytes());
    }

    private boolean fits(long bytes) {
        return bytes <= limit.bytes() * USABLE;
    }

    /** @throws ScoringException INVALID_REQUEST with figures and what to change, if it does not fit */
    public void requireFits() {
        if (fits()) {
            return;
        }
        StringBuilder message = new StringBuilder(String.format(
                Locale.ROOT,
                "this run needs about %s, %s has %s free",
                size(bytes()),
                limit.where(),
                size(limit.bytes())));
        memory.stream()
                .sorted((a, b) -> Long.compare(b.bytes(), a.bytes()))
                .limit(3)
                .forEach(each ->
                        message.append("; ").append(each.what()).append(' ').append(size(each.bytes())));
        for (Way way : ways) {
            message.append("; ")
                    .append(way.change())
                    .append(" needs ")
                    .append(size(way.bytes()))
                    .append(fits(way.bytes()) ? ", which fits" : ", still too much");
        }
        throw new ScoringException(ErrorReason.INVALID_REQUEST, message.toString());
    }

    /** @return the plan as lines for a person */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(subject);
        lines.add("");
        lines.add(row("parameters", "all", "trained").substring(2));
        parameters.forEach(part -> lines.add(row(part.part(), count(part.all()), count(part.trained()))));
        lines.add(row(
                "together",
                count(parameters.stream().mapToLong(Parameters::all).sum()),
                count(parameters.stream().mapToLong(Parameters::trained).sum())));
        lines.add("");
        lines.add("memory at the fullest moment");
        memory.forEach(each -> lines.add(row(each.what(), size(each.bytes()), each.note())));
        lines.add(row("together", size(bytes()), ""));
        if (limit.bytes() < Long.MAX_VALUE) {
            lines.add(row("free on " + limit.where(), size(limit.bytes()), fits() ? "it fits" : "it does NOT fit"));
        }
        if (!fits()) {
            ways.forEach(way -> lines.add(
                    row("  with " + way.change(), size(way.bytes()), fits(way.bytes()) ? "fits" : "too much still")));
        }
        remarks.forEach(lines::add);
        lines.add("");
        if (Double.isNaN(time.epochSeconds())) {
            lines.add("time: " + time.measured());
            return lines;
        }
        lines.add(String.format(
                Locale.ROOT, "time: %.3g TFLOP an item, %d items an epoch", time.flopPerItem() / 1e12, time.items()));
        lines.add(String.format(
                Locale.ROOT,
                "about %s an epoch, %s for %d (%s)",
                duration(time.epochSeconds()),
                duration(time.epochSeconds() * time.epochs()),
                time.epochs(),
                time.measured()));
        return lines;
    }

    private String row(String name, String first, String second) {
        return String.format(Locale.ROOT, "  %-" + width() + "s %12s %12s", name, first, second)
                .stripTrailing();
    }

    /** All figures of a plan stand in the same columns, whatever the longest row is called. */
    private int width() {
        return Stream.of(
                        parameters.stream().map(Parameters::part),
                        memory.stream().map(Memory::what),
                        Stream.of("free on " + limit.where()),
                        fits() ? Stream.<String>of() : ways.stream().map(way -> "  with " + way.change()))
                .flatMap(names -> names)
                .mapToInt(String::length)
                .reduce(28, Math::max);
    }

    private static String count(long parameters) {
        return parameters >= 100_000
                ? String.format(Locale.ROOT, "%,.1f M", parameters / 1e6)
                : String.format(Locale.ROOT, "%,d", parameters);
    }

    private static String size(long bytes) {
        return bytes >= GIB
                ? String.format(Locale.ROOT, "%.2f GiB", bytes / GIB)
                : String.format(Locale.ROOT, "%.1f MiB", bytes / MIB);
    }

    /** @return a time as plans tell it */
    public static String duration(double seconds) {
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        return seconds >= SECONDS_PER_HOUR
                ? String.format(Locale.ROOT, "%.1f h", seconds / SECONDS_PER_HOUR)
                : String.format(Locale.ROOT, "%.1f min", seconds / 60);
    }
}
