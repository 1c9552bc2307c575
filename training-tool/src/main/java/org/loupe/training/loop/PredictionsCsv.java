package org.loupe.training.loop;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.OptionalDouble;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * What a run predicted for pictures it had not learned from: {@code predictions.csv} with the columns
 * {@code file,task,split,mos,std,predicted} and one of probability for each level, best first, named after it. {@code split} says how the
 * prediction came about: {@code cv} for cross-validation, otherwise the part of the data.
 */
public final class PredictionsCsv {
    /** Below the run's directory. */
    public static final String FILE = "predictions.csv";

    private PredictionsCsv() {}

    /**
     * @param file as the labels name it
     * @param task quality or aesthetics
     * @param split {@code cv}, {@code val}, {@code test}
     * @param mos rated, 1..5
     * @param std of the single opinions, where known
     * @param predicted 1..5
     * @param probabilities of the levels, best first; empty where the model has none
     */
    public record Row(
            String file,
            String task,
            String split,
            double mos,
            OptionalDouble std,
            double predicted,
            double[] probabilities) {}

    /**
     * @param levels names, best first; empty where the model gives no probabilities
     * @param rows in the order in which they shall stand
     */
    public static void write(Path directory, List<String> levels, List<Row> rows) {
        try {
            Path part = directory.resolve(FILE + ".part");
            try (Writer out = Files.newBufferedWriter(part, StandardCharsets.UTF_8)) {
                out.write("file,task,split,mos,std,predicted");
                for (String level : levels) {
                    out.write("," + level);
                }
                out.write('\n');
                for (Row row : rows) {
                    write(out, row, levels.size());
                }
            }
            Files.move(
                    part, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot write to " + directory + ": " + e, e);
        }
    }

    private static void write(Writer out, Row row, int levels) throws IOException {
        out.write(quoted(row.file()) + "," + row.task() + "," + row.split() + "," + row.mos() + ","
                + (row.std().isPresent() ? row.std().getAsDouble() : "") + "," + row.predicted());
        for (int i = 0; i < levels; i++) {
            out.write(",");
            if (i < row.probabilities().length) {
                out.write(Double.toString(row.probabilities()[i]));
            }
        }
        out.write('\n');
    }

    /** RFC 4180. */
    private static String quoted(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
