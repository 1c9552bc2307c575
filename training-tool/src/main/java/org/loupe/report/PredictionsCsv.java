package org.loupe.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;

/**
 * Reads {@code predictions.csv} of a run: {@code file,task,split,mos,std,predicted}, optionally {@code set}, and every further column is
 * the probability of a level of that name, best first. Ratings and scores on 1..5; std may be empty.
 */
final class PredictionsCsv {
    private static final Set<String> NO_LEVELS = Set.of("file", "task", "set", "split", "mos", "std", "predicted");

    private PredictionsCsv() {}

    /**
     * @param pictures directories in which the files are looked for, in this order; one that is found nowhere stays without thumbnail
     * @throws ScoringException INVALID_REQUEST naming the line that makes no sense; IO_FAILED if it cannot be read
     */
    static List<Prediction> read(Path csv, List<Path> pictures) {
        List<Prediction> predictions = new ArrayList<>();
        int line = 1;
        try (MappingIterator<Map<String, String>> rows = new CsvMapper()
                .readerForMapOf(String.class)
                .with(CsvSchema.emptySchema().withHeader())
                .readValues(csv.toFile())) {
            while (rows.hasNextValue()) {
                line++;
                predictions.add(prediction(rows.nextValue(), pictures));
            }
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, csv + ", line " + (line + 1) + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw ScoringException.cannotRead(csv, e);
        }
        return predictions;
    }

    private static Prediction prediction(Map<String, String> row, List<Path> pictures) {
        String name = cell(row, "file");
        Task task = Task.byId(cell(row, "task"))
                .orElseThrow(() -> new IllegalArgumentException("'" + row.get("task") + "' is no task"));
        String std = row.getOrDefault("std", "");
        OptionalDouble deviation = std.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(std));
        Rated rated = new Rated(locate(name, pictures), name, task, number(row, "mos"), deviation, List.of());
        List<Double> probabilities = row.keySet().stream()
                .filter(column -> !NO_LEVELS.contains(column)
                        && !row.getOrDefault(column, "").isEmpty())
                .map(column -> number(row, column))
                .toList();
        return new Prediction(
                rated, row.getOrDefault("set", ""), cell(row, "split"), number(row, "predicted"), probabilities);
    }

    private static Path locate(String name, List<Path> pictures) {
        try {
            for (Path directory : pictures) {
                Path file = directory.resolve(name);
                if (Files.isRegularFile(file)) {
                    return file;
                }
            }
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("'" + name + "' is no file name", e);
        }
    }

    private static double number(Map<String, String> row, String column) {
        double value = Double.parseDouble(cell(row, column));
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(column + " is not a finite number");
        }
        return value;
    }

    private static String cell(Map<String, String> row, String column) {
        String value = row.get(column);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("no " + column);
        }
        return value;
    }
}
