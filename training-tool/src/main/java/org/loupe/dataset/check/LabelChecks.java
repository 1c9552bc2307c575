package org.loupe.dataset.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.loupe.dataset.check.Finding.Kind;
import org.loupe.dataset.check.Finding.Place;
import org.loupe.score.Level;
import org.loupe.score.Task;
import org.loupe.training.data.LabelFault;
import org.loupe.training.data.Scale;

/** What can be said from labels and splits alone. */
final class LabelChecks {
    /** Scales in use, small ones first. */
    private static final List<Scale> USUAL = List.of(
            new Scale(0, 1),
            new Scale(1, 5),
            new Scale(0, 5),
            new Scale(1, 7),
            new Scale(1, 9),
            new Scale(1, 10),
            new Scale(0, 10),
            new Scale(0, 100));

    /** On the 1..5 scale: opinions of another day differ by this much, other opinions by more. */
    private static final double SAME_OPINION = 0.25;
    /** The trainer refuses fewer pictures. */
    private static final int FEWEST = 10;
    /** Below this a test set ranks by luck: the 95 % interval of a correlation of 0.7 is wider than 0.3. */
    private static final int FEW = 50;
    /** A level seen less often is not learned. */
    private static final int FEWEST_OF_LEVEL = 10;
    /** Part of a scale that ratings of real photographs nearly always cover. */
    private static final double USED_SHARE = 0.3;

    private final List<LabelSet> sets;
    private final List<Item> items;
    private final List<Finding> findings = new ArrayList<>();

    private LabelChecks(List<LabelSet> sets, List<Item> items) {
        this.sets = sets;
        this.items = items;
    }

    /**
     * @param items the sound rows of all sets
     * @param summaries of them
     */
    static List<Finding> of(List<LabelSet> sets, List<Item> items, List<LabelSummary> summaries) {
        LabelChecks checks = new LabelChecks(sets, items);
        sets.forEach(checks::faults);
        checks.ratedTwice();
        checks.splits();
        summaries.forEach(checks::scale);
        checks.amounts();
        return checks.findings;
    }

    private void add(Kind kind, Severity severity, String what, List<Place> rows, String fix) {
        findings.add(new Finding(kind, severity, what, rows, fix));
    }

    private void faults(LabelSet set) {
        Map<LabelFault.Kind, List<LabelFault>> byKind = set.faults().stream()
                .collect(Collectors.groupingBy(LabelFault::kind, LinkedHashMap::new, Collectors.toList()));
        byKind.forEach((kind, faults) -> {
            List<Place> rows = faults.stream()
                    .map(fault -> new Place(set.index(), fault.line(), fault.file(), fault.what()))
                    .toList();
            switch (kind) {
                case FILE_MISSING ->
                    add(
                            Kind.FILE_MISSING,
                            Severity.ERROR,
                            rows.size() + (rows.size() == 1 ? " picture is not there" : " pictures are not there"),
                            rows,
                            set.rows().isEmpty()
                                    ? "names are relative to the labels file: move it to where they start"
                                    : "fetch them, or leave their rows out (--fix does)");
                case OUTSIDE_SCALE ->
                    add(
                            Kind.LABEL_OUTSIDE_SCALE,
                            Severity.ERROR,
                            rows.size() + " labels lie outside their scale",
                            rows,
                            outside(set, faults));
                case FORM ->
                    add(
                            Kind.ROW_INVALID,
                            Severity.ERROR,
                            rows.size() + " rows cannot be understood",
                            rows,
                            "correct them, or leave them out (--fix does)");
                case RATED_TWICE -> {
                    // looked at below, with the values
                }
            }
        });
    }

    private static String outside(LabelSet set, List<LabelFault> faults) {
        DoubleSummaryStatistics all =
                set.rows().stream().mapToDouble(row -> row.label()).summaryStatistics();
        faults.forEach(fault -> all.accept(fault.value()));
        Scale scale = smallest(all.getMin(), all.getMax());
        return String.format(Locale.ROOT, "the labels run from %s to %s", number(all.getMin()), number(all.getMax()))
                + (scale == null
                        ? ": give the scale they were made on"
                        : ": is the scale " + scale(scale) + "? Otherwise leave those rows out (--fix does)");
    }

    private static @Nullable Scale smallest(double low, double high) {
        return USUAL.stream()
                .filter(scale -> scale.holds(low) && scale.holds(high))
                .min(Comparator.comparingDouble(scale -> scale.best() - scale.worst()))
                .orElse(null);
    }

    private void ratedTwice() {
        Map<Path, Map<Task, List<Item>>> ratings = new LinkedHashMap<>();
        for (Item item : items) {
            ratings.computeIfAbsent(item.file(), f -> new LinkedHashMap<>())
                    .computeIfAbsent(item.row().rated().task(), t -> new ArrayList<>())
                    .add(item);
        }
        ratings.values().stream()
                .flatMap(byTask -> byTask.values().stream())
                .filter(same -> same.size() > 1)
                .forEach(this::ratedTwice);
    }

    private void ratedTwice(List<Item> same) {
        DoubleSummaryStatistics mos =
                same.stream().mapToDouble(item -> item.row().rated().mos()).summaryStatistics();
        List<Place> rows = same.stream()
                .map(item -> item.place(String.format(
                        Locale.ROOT, "%.2f of 5", item.row().rated().mos())))
                .toList();
        boolean oneSource = same.stream().map(Item::set).distinct().count() < same.size();
        String name = same.get(0).row().rated().name();
        if (contradict(same)) {
            add(
                    Kind.LABELS_CONTRADICT,
                    Severity.ERROR,
                    String.format(
                            Locale.ROOT,
                            "%s is rated %d times, %.2f apart on 1..5",
                            name,
                            same.size(),
                            mos.getMax() - mos.getMin()),
                    rows,
                    "keep the rating that is right (--fix leaves all of them out)");
        } else {
            add(
                    Kind.RATED_TWICE,
                    oneSource ? Severity.ERROR : Severity.WARNING,
                    name + " is rated " + same.size() + " times, with the same result",
                    rows,
                    "keep one (--fix keeps the first)");
        }
    }

    /** @return whether ratings of one picture for one task are further apart than one opinion on two days */
    static boolean contradict(List<Item> same) {
        DoubleSummaryStatistics mos =
                same.stream().mapToDouble(item -> item.row().rated().mos()).summaryStatistics();
        return mos.getMax() - mos.getMin() > SAME_OPINION;
    }

    private void splits() {
        Set<String> labelled = new TreeSet<>();
        sets.forEach(set -> {
            set.rows().forEach(row -> labelled.add(row.rated().name()));
            set.faults().forEach(fault -> labelled.add(fault.file()));
        });
        for (LabelSet set : sets) {
            List<Place> without = set.rows().stream()
                    .filter(row -> set.splitOf(row).isEmpty())
                    .map(row -> set.place(row, ""))
                    .toList();
            if (!without.isEmpty()) {
                add(
                        Kind.SPLIT_MISSING,
                        Severity.ERROR,
                        without.size() + " labelled pictures have no split",
                        without,
                        "name them in the splits file (--fix leaves them out)");
            }
        }
        sets.stream().map(LabelSet::splits).distinct().forEach(splits -> {
            if (splits != null) {
                List<Place> unused = splits.names().stream()
                        .filter(name -> !labelled.contains(name))
                        .sorted()
                        .map(name -> new Place(0, 0, name, ""))
                        .toList();
                if (!unused.isEmpty()) {
                    add(
                            Kind.SPLIT_UNUSED,
                            Severity.NOTE,
                            unused.size() + " pictures have a split but no label",
                            unused,
                            "nothing; they are not looked at");
                }
            }
        });
    }

    private void scale(LabelSummary summary) {
        double used = (summary.highest() - summary.lowest())
                / Math.abs(summary.scale().best() - summary.scale().worst());
        Scale smaller = smallest(summary.lowest(), summary.highest());
        if (summary.scales() == 1
                && summary.mos().length >= FEWEST
                && used < USED_SHARE
                && smaller != null
                && smaller.best() - smaller.worst()
                        < Math.abs(summary.scale().best() - summary.scale().worst())) {
            add(
                    Kind.SCALE_UNUSED,
                    Severity.WARNING,
                    String.format(
                            Locale.ROOT,
                            "%s: labels from %s to %s use %.0f %% of their scale %s",
                            summary.task().id(),
                            number(summary.lowest()),
                            number(summary.highest()),
                            100 * used,
                            scale(summary.scale())),
                    List.of(new Place(summary.set().index(), 0, "", "")),
                    "if they were made on " + scale(smaller) + ", write that into scale_min and scale_max");
        }
    }

    /** Sets are trained on together, so their items are counted together. */
    private void amounts() {
        Map<Task, List<Item>> byTask = items.stream()
                .collect(Collectors.groupingBy(
                        item -> item.row().rated().task(), java.util.TreeMap::new, Collectors.toList()));
        byTask.forEach((task, rated) -> {
            String training = trainingSplit(rated);
            Map<String, List<Item>> bySplit = rated.stream()
                    .collect(Collectors.groupingBy(Item::split, java.util.TreeMap::new, Collectors.toList()));
            bySplit.forEach((split, part) -> {
                int n = part.size();
                if (n < FEWEST && split.equals(training)) {
                    few(Severity.ERROR, task, split, n, "the trainer wants at least " + FEWEST + ": rate more");
                } else if (n < FEW) {
                    few(
                            Severity.WARNING,
                            task,
                            split,
                            n,
                            split.equals(training)
                                    ? "some hundred make a taste that can be relied on"
                                    : "figures measured on so few say little: read their intervals");
                }
            });
            sparseLevels(task, training, bySplit.getOrDefault(training, List.of()));
        });
    }

    private void few(Severity severity, Task task, String split, int n, String fix) {
        add(
                Kind.TOO_FEW,
                severity,
                task.id() + (split.isEmpty() ? "" : ", " + split) + ": only " + n + (n == 1 ? " picture" : " pictures"),
                List.of(),
                fix);
    }

    private void sparseLevels(Task task, String split, List<Item> part) {
        int[] levels = LabelSummary.levels(
                part.stream().mapToDouble(item -> item.row().rated().mos()).toArray());
        List<String> sparse = new ArrayList<>();
        for (Level level : Level.values()) {
            int n = levels[level.rank()];
            if (n < FEWEST_OF_LEVEL) {
                sparse.add(level.id() + " (" + n + ")");
            }
        }
        if (part.size() >= FEWEST && !sparse.isEmpty()) {
            add(
                    Kind.LEVEL_SPARSE,
                    Severity.WARNING,
                    task.id() + (split.isEmpty() ? "" : ", " + split) + ": too few pictures to learn the level "
                            + String.join(", ", sparse),
                    List.of(),
                    "rate more of them, or cut the levels by quantiles, or train soft levels or a regression, which need"
                            + " no level filled");
        }
    }

    /** @return the part that is learned from: the one called train, or the largest */
    static String trainingSplit(List<Item> items) {
        Map<String, Long> sizes = items.stream()
                .collect(Collectors.groupingBy(Item::split, java.util.TreeMap::new, Collectors.counting()));
        return sizes.containsKey("train")
                ? "train"
                : sizes.entrySet().stream()
                        .max(Map.Entry.comparingByValue())
                        .map(Map.Entry::getKey)
                        .orElse("");
    }

    static String scale(Scale scale) {
        return number(scale.worst()) + ".." + number(scale.best());
    }

    /** @return without a needless fraction */
    static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.4g", value);
    }
}
