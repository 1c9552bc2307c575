package org.loupe.training.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.loupe.score.Task;

/**
 * Reads {@code file,task,mos,std,votes,scale_min,scale_max}; {@code std} and {@code votes} may be empty. A file may hold both tasks. Ratings
 * are mapped linearly from {@code scale_min..scale_max} to 1..5, so sets rated on different scales can stand side by side.
 */
public final class LabelsCsv {
    private static final List<String> COLUMNS =
            List.of("file", "task", "mos", "std", "votes", "scale_min", "scale_max");

    private LabelsCsv() {}

    /**
     * @return the ratings in the order of the file
     * @throws org.loupe.score.ScoringException INVALID_REQUEST naming every fault with its line, missing pictures included; IO_FAILED if
     *     the file itself cannot be read
     */
    public static List<Rated> read(Path labels) {
        CsvTable table = CsvTable.read(labels, COLUMNS);
        List<Rated> items = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (CsvTable.Row row : table.rows()) {
            String name = row.get("file");
            Path file = locate(table, row, labels, name);
            Task task = Task.byId(row.get("task").toLowerCase(Locale.ROOT)).orElse(null);
            if (task == null) {
                table.fault(row.line(), "task '" + row.get("task") + "' is neither quality nor aesthetics");
            } else if (!seen.add(task + " " + name)) {
                table.fault(row.line(), name + " is rated twice for " + task.id());
            }
            optional(table, row, "std");
            optional(table, row, "votes");
            double low = number(table, row, "scale_min");
            double high = number(table, row, "scale_max");
            double mos = number(table, row, "mos");
            if (low >= high) {
                table.fault(row.line(), "scale_min " + low + " is not below scale_max " + high);
            } else if (mos < low || mos > high) {
                table.fault(row.line(), "mos " + mos + " lies outside " + low + ".." + high);
            }
            if (task != null) {
                items.add(new Rated(file, name, task, 1 + 4 * (mos - low) / (high - low)));
            }
        }
        table.throwFaults();
        return List.copyOf(items);
    }

    /** @return what to call the set: the directory its labels lie in */
    public static String setName(Path labels) {
        Path directory = labels.toAbsolutePath().normalize().getParent();
        Path name = directory == null ? null : directory.getFileName();
        return name == null ? "set" : name.toString();
    }

    /** @return the items by task, quality first; a task without items is absent */
    public static Map<Task, List<Rated>> byTask(List<Rated> items) {
        Map<Task, List<Rated>> byTask = new TreeMap<>();
        items.forEach(item ->
                byTask.computeIfAbsent(item.task(), t -> new ArrayList<>()).add(item));
        return byTask;
    }

    private static Path locate(CsvTable table, CsvTable.Row row, Path labels, String name) {
        try {
            Path file = labels.resolveSibling(name);
            if (name.isEmpty()) {
                table.fault(row.line(), "no file named");
            } else if (!Files.isRegularFile(file)) {
                table.fault(row.line(), "picture not found: " + file);
            }
            return file;
        } catch (InvalidPathException e) {
            table.fault(row.line(), "'" + name + "' is not a file name");
            return labels;
        }
    }

    private static void optional(CsvTable table, CsvTable.Row row, String column) {
        if (!row.get(column).isEmpty() && number(table, row, column) < 0) {
            table.fault(row.line(), column + " is negative");
        }
    }

    private static double number(CsvTable table, CsvTable.Row row, String column) {
        try {
            double value = Double.parseDouble(row.get(column));
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below, together with numbers that are none
        }
        table.fault(row.line(), column + " '" + row.get(column) + "' is not a number");
        return Double.NaN;
    }
}
