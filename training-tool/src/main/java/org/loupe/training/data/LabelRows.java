package org.loupe.training.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.loupe.score.Task;

/**
 * Makes ratings of rows with the cells {@code file,task,mos,std,votes,scale_min,scale_max}. Instead of {@code mos} a row may carry raw
 * votes, {@code n1} (worst) to {@code nK} (best), from which mean and deviation follow. Task and scale may be left to the hints. {@code scale_min} above {@code scale_max} means
 * that more is worse.
 */
final class LabelRows {
    /** What every row has, whatever form the rating takes. */
    static final List<String> REQUIRED = List.of("file");

    private static final List<String> SCALE = List.of("scale_min", "scale_max");

    private final RowTable table;
    private final Path labels;
    private final Ratings.Hints hints;
    private final Set<String> seen = new HashSet<>();
    private final List<LabelRow> items = new ArrayList<>();

    private LabelRows(RowTable table, Path labels, Ratings.Hints hints) {
        this.table = table;
        this.hints = hints;
        this.labels = labels;
    }

    /**
     * Rows that are wrong are left out and told as faults of the table; of a picture rated twice both ratings stay.
     *
     * @throws org.loupe.score.ScoringException INVALID_REQUEST if columns are missing
     */
    static List<LabelRow> read(RowTable table, Path labels, Ratings.Hints hints) {
        LabelRows rows = new LabelRows(table, labels, hints);
        List<String> columns = new ArrayList<>();
        if (hints.task() == null) {
            columns.add("task");
        }
        if (table.rows().stream().noneMatch(row -> row.has("n1"))) {
            columns.add("mos");
            if (hints.scale() == null) {
                columns.addAll(SCALE);
            }
        }
        table.require(columns);
        table.rows().forEach(rows::add);
        return List.copyOf(rows.items);
    }

    private void add(RowTable.Row row) {
        String name = row.get("file");
        Path file = locate(row, name);
        if (file == null) {
            return;
        }
        Task task = row.has("task")
                ? Task.byId(row.get("task").toLowerCase(Locale.ROOT)).orElse(null)
                : hints.task();
        if (task == null) {
            fault(row, "task '" + row.get("task") + "' is neither quality nor aesthetics");
            return;
        }
        if (!seen.add(task + " " + name)) {
            table.fault(
                    row.line(),
                    LabelFault.Kind.RATED_TWICE,
                    name,
                    Double.NaN,
                    name + " is rated twice for " + task.id());
        }
        if (!row.get("n1").isEmpty()) {
            addVotes(row, file, name, task);
        } else {
            addMean(row, file, name, task);
        }
    }

    private void addMean(RowTable.Row row, Path file, String name, Task task) {
        double std = optional(row, "std");
        double voters = optional(row, "votes");
        Scale told = row.has("scale_min") || row.has("scale_max") ? null : hints.scale();
        double low = told == null ? number(row, "scale_min") : told.worst();
        double high = told == null ? number(row, "scale_max") : told.best();
        double mos = number(row, "mos");
        if (low == high || Double.isNaN(low) || Double.isNaN(high)) {
            fault(row, "scale_min " + low + " and scale_max " + high + " make no scale");
            return;
        }
        Scale scale = new Scale(low, high);
        if (!scale.holds(mos)) {
            if (!Double.isNaN(mos)) {
                table.fault(
                        row.line(),
                        LabelFault.Kind.OUTSIDE_SCALE,
                        name,
                        mos,
                        "mos " + mos + " lies outside " + low + ".." + high);
            }
            return;
        }
        OptionalDouble deviation =
                Double.isNaN(std) ? OptionalDouble.empty() : OptionalDouble.of(scale.deviationToFive(std));
        Rated rated = new Rated(file, name, task, scale.toFive(mos), deviation, List.of());
        items.add(new LabelRow(
                row.line(),
                rated,
                mos,
                scale,
                Double.isNaN(voters) ? OptionalInt.empty() : OptionalInt.of((int) voters)));
    }

    private void addVotes(RowTable.Row row, Path file, String name, Task task) {
        List<Integer> counts = new ArrayList<>();
        for (int step = 1; !row.get("n" + step).isEmpty(); step++) {
            double count = number(row, "n" + step);
            if (count < 0 || count != Math.rint(count)) {
                fault(row, "n" + step + " " + row.get("n" + step) + " is no number of votes");
                return;
            }
            counts.add((int) count);
        }
        if (counts.size() < 2 || counts.stream().allMatch(n -> n == 0)) {
            fault(row, name + " has no votes, or a scale of one step");
            return;
        }
        VoteHistogram votes = new VoteHistogram(counts);
        Rated rated = new Rated(
                file,
                name,
                task,
                votes.scale().toFive(votes.mean()),
                OptionalDouble.of(votes.scale().deviationToFive(votes.deviation())),
                counts);
        items.add(new LabelRow(row.line(), rated, votes.mean(), votes.scale(), OptionalInt.of(votes.total())));
    }

    /** @return null where there is no such file, which is told */
    private @Nullable Path locate(RowTable.Row row, String name) {
        if (name.isEmpty()) {
            fault(row, "no file named");
            return null;
        }
        try {
            Path file = labels.resolveSibling(name);
            if (Files.isRegularFile(file)) {
                return file;
            }
            table.fault(row.line(), LabelFault.Kind.FILE_MISSING, name, Double.NaN, "picture not found: " + file);
        } catch (InvalidPathException e) {
            fault(row, "'" + name + "' is not a file name");
        }
        return null;
    }

    /** @return NaN where the cell is empty */
    private double optional(RowTable.Row row, String column) {
        if (row.get(column).isEmpty()) {
            return Double.NaN;
        }
        double value = number(row, column);
        if (value < 0) {
            fault(row, column + " is negative");
        }
        return value;
    }

    private double number(RowTable.Row row, String column) {
        try {
            double value = Double.parseDouble(row.get(column));
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below, together with numbers that are none
        }
        fault(row, column + " '" + row.get(column) + "' is not a number");
        return Double.NaN;
    }

    private void fault(RowTable.Row row, String what) {
        table.fault(row.line(), LabelFault.Kind.FORM, row.get("file"), Double.NaN, what);
    }
}
