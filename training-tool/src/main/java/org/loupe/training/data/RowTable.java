package org.loupe.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Rows of named cells, from a CSV file with a header or from a file with one JSON object a line, and the faults found in them, which are
 * reported together. UTF-8, with or without a byte order mark.
 */
public final class RowTable {
    /**
     * @param line line in the file, from 1
     * @param values by column name, stripped
     */
    public record Row(int line, Map<String, String> values) {
        /** @return the cell, stripped; empty where the row has none */
        public String get(String column) {
            return values.getOrDefault(column, "");
        }

        boolean has(String column) {
            return values.containsKey(column);
        }
    }

    private final Path file;
    private final String place;
    private final List<Row> rows = new ArrayList<>();
    private final List<LabelFault> faults = new ArrayList<>();

    private RowTable(Path file, String place) {
        this.file = file;
        this.place = place;
    }

    /**
     * Only collects the faults of a file that is read otherwise.
     *
     * @param place what its parts are called and counted as, for instance {@code entry}
     */
    static RowTable empty(Path file, String place) {
        return new RowTable(file, place);
    }

    /**
     * Reads one JSON object a line. An array of numbers becomes the cells {@code name1}, {@code name2} and so on.
     *
     * @throws ScoringException IO_FAILED if the file cannot be read; INVALID_REQUEST if a line is no object or lacks one of the columns
     */
    static RowTable readJsonLines(Path file, List<String> requiredColumns) {
        RowTable table = new RowTable(file, "line");
        ObjectMapper mapper = new ObjectMapper();
        try (var reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            int line = 0;
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                line++;
                if (!text.isBlank()) {
                    Map<String, String> values = cells(mapper.readTree(text));
                    for (String column : requiredColumns) {
                        if (!values.containsKey(column)) {
                            table.fault(line, "the object lacks '" + column + "'");
                        }
                    }
                    table.rows.add(new Row(line, values));
                }
            }
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, file + " is not one JSON object a line: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw ScoringException.cannotRead(file, e);
        }
        table.throwFaults();
        return table;
    }

    private static Map<String, String> cells(JsonNode object) {
        Map<String, String> values = new LinkedHashMap<>();
        object.properties().forEach(field -> {
            if (field.getValue().isArray()) {
                for (int i = 0; i < field.getValue().size(); i++) {
                    values.put(field.getKey() + (i + 1), field.getValue().get(i).asText());
                }
            } else if (!field.getValue().isNull()) {
                values.put(field.getKey(), field.getValue().asText().strip());
            }
        });
        return values;
    }

    /**
     * Reads a CSV file.
     *
     * @throws ScoringException IO_FAILED if the file cannot be read; INVALID_REQUEST if it is not CSV or lacks one of the columns
     */
    public static RowTable read(Path file, List<String> requiredColumns) {
        RowTable table = new RowTable(file, "line");
        CsvMapper mapper = CsvMapper.builder()
                .enable(
                        CsvParser.Feature.WRAP_AS_ARRAY,
                        CsvParser.Feature.SKIP_EMPTY_LINES,
                        CsvParser.Feature.TRIM_SPACES)
                .build();
        try (var reader = Files.newBufferedReader(file, StandardCharsets.UTF_8);
                MappingIterator<String[]> lines =
                        mapper.readerFor(String[].class).readValues(reader)) {
            List<String> header = List.of();
            while (lines.hasNextValue()) {
                int line = lines.getCurrentLocation().getLineNr();
                String[] cells = lines.nextValue();
                if (header.isEmpty()) {
                    cells[0] = cells[0].startsWith("\uFEFF") ? cells[0].substring(1) : cells[0];
                    header = List.of(cells);
                    for (String column : requiredColumns) {
                        if (!header.contains(column)) {
                            table.fault(line, "the header lacks the column '" + column + "'");
                        }
                    }
                    table.throwFaults();
                } else if (cells.length != header.size()) {
                    table.fault(line, cells.length + " cells under " + header.size() + " columns");
                } else {
                    Map<String, String> values = new LinkedHashMap<>();
                    for (int i = 0; i < cells.length; i++) {
                        values.put(header.get(i), cells[i].strip());
                    }
                    table.rows.add(new Row(line, values));
                }
            }
            if (header.isEmpty()) {
                table.fault(1, "the file is empty; it needs the columns " + String.join(",", requiredColumns));
            }
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, file + " is not a CSV file: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw ScoringException.cannotRead(file, e);
        }
        return table;
    }

    /** @return the rows that have a cell for every column, in order */
    public List<Row> rows() {
        return rows;
    }

    /** @param line where, from 1 */
    public void fault(int line, String what) {
        fault(line, LabelFault.Kind.FORM, "", Double.NaN, what);
    }

    /**
     * @param line where, from 1
     * @param picture as the row names it
     * @param value the number that is wrong; NaN where it is none
     */
    void fault(int line, LabelFault.Kind kind, String picture, double value, String what) {
        faults.add(new LabelFault(place, line, kind, picture, value, what));
    }

    /** @return every fault noted so far */
    List<LabelFault> faults() {
        return List.copyOf(faults);
    }

    /** @throws ScoringException INVALID_REQUEST with all faults so far if there are rows and one of the columns is in none of them */
    void require(List<String> columns) {
        List<String> missing = columns.stream()
                .filter(column -> !rows.isEmpty() && rows.stream().noneMatch(row -> row.has(column)))
                .toList();
        missing.forEach(column -> fault(1, "there is no column '" + column + "'" + otherwise(column)));
        if (!missing.isEmpty()) {
            throwFaults();
        }
    }

    private static String otherwise(String column) {
        return switch (column) {
            case "task" -> "; give --label-task quality or aesthetics";
            case "scale_min", "scale_max" -> "; give --label-scale WORST:BEST, such as 1:5";
            default -> "";
        };
    }

    /** @throws ScoringException INVALID_REQUEST naming every fault noted so far, if there is one */
    public void throwFaults() {
        LabelFault.refuse(file, faults);
    }
}
