package org.loupe.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.loupe.evaluation.Evaluation;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/** Makes pages of what training and evaluation leave behind. */
public final class Reports {
    /** What the page of a run is called, in the run's directory. */
    public static final String FILE = "report.html";

    private static final String LOG = "run.jsonl";
    private static final String MANIFEST = "run.json";
    private static final String PREDICTIONS = "predictions.csv";
    private static final String PACKAGE = "package";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Reports() {}

    /**
     * Writes {@code report.html} from {@code predictions.csv}, {@code run.jsonl} and {@code run.json} of a run's directory. Only the
     * predictions must be there.
     *
     * @param pictures where the rated pictures lie; those found nowhere have no thumbnail
     * @param group first capture in a file name is its collection; null for none
     * @param progress told how many of how many pictures are read
     * @return the page
     * @throws ScoringException INVALID_REQUEST if the directory holds no predictions or they make no sense; IO_FAILED
     */
    public static Path ofRun(
            Path directory, List<Path> pictures, @Nullable Pattern group, BiConsumer<Integer, Integer> progress) {
        Path predictions = directory.resolve(PREDICTIONS);
        if (!Files.isRegularFile(predictions)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    directory + " holds no " + PREDICTIONS + ": give the directory that `train --out` wrote");
        }
        JsonNode manifest = json(directory.resolve(MANIFEST));
        Path log = directory.resolve(LOG);
        Path page = directory.resolve(FILE);
        Report report = new Report(
                Report.TRAINING,
                model(directory),
                PredictionsCsv.read(predictions, pictures),
                group,
                Files.isRegularFile(log) ? RunCurves.read(log) : RunCurves.NONE,
                Map.of(),
                manifest);
        new ReportPage(report).write(page, progress);
        return page;
    }

    /**
     * Writes the page of an evaluation.
     *
     * @param model as {@code name/version}
     * @param predictions of what was measured, at least one
     * @param comparisons with another model on the same pictures, by task; may be empty
     * @param facts what else is worth recording: command, digests
     */
    public static void ofEvaluation(
            Path page,
            String model,
            List<Prediction> predictions,
            @Nullable Pattern group,
            Map<Task, Evaluation.Versus> comparisons,
            Map<String, String> facts,
            BiConsumer<Integer, Integer> progress) {
        ObjectNode manifest = JsonNodeFactory.instance.objectNode();
        facts.forEach(manifest::put);
        new ReportPage(new Report(Report.EVALUATION, model, predictions, group, RunCurves.NONE, comparisons, manifest))
                .write(page, progress);
    }

    /** The package a finished run wrote, or else the run's own name. */
    private static String model(Path directory) {
        JsonNode written = json(directory.resolve(PACKAGE).resolve("model.json"));
        Path named = directory.toAbsolutePath().normalize().getFileName();
        return written.path("name").isTextual()
                ? written.path("name").asText() + "/" + written.path("version").asText()
                : named == null ? "run" : named.toString();
    }

    private static JsonNode json(Path file) {
        if (!Files.isRegularFile(file)) {
            return MAPPER.createObjectNode();
        }
        try {
            return MAPPER.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, file + " is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw ScoringException.cannotRead(file, e);
        }
    }
}
