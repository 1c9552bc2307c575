package org.loupe.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.loupe.digest.Sha256;
import org.loupe.evaluation.Agreement;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.Interval;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Rated;
import org.loupe.training.loop.LoopResult;
import org.loupe.training.loop.PredictionsCsv;
import org.loupe.training.loop.RunLog;
import org.loupe.training.loop.RunManifest;

/** What a run leaves beside its package for reports and for whoever wants to repeat it: predictions and manifest. For one thread. */
final class RunRecord {
    private final TrainRequest request;
    private final Findings findings;
    private final List<PredictionsCsv.Row> predictions = new ArrayList<>();

    RunRecord(TrainRequest request, Findings findings) {
        this.request = request;
        this.findings = findings;
    }

    /** @param split how the prediction came about, see {@link PredictionsCsv} */
    void predicted(String split, Rated item, double predicted, double[] probabilities) {
        predictions.add(new PredictionsCsv.Row(
                item.name(), item.task().id(), split, item.mos(), item.std(), predicted, probabilities));
    }

    /**
     * Of a model that was trained from scratch.
     *
     * @param levelNames of the probabilities, best first
     */
    void write(Map<String, LoopResult> fits, List<String> levelNames) {
        write("small", request.recipe().recipe().seed(), configuration(), fits, levelNames);
    }

    /**
     * @param kind what was trained
     * @param seed everything random followed from it
     * @param levelNames of the probabilities, best first
     */
    void write(String kind, long seed, JsonNode configuration, Map<String, LoopResult> fits, List<String> levelNames) {
        Path out = request.out();
        PredictionsCsv.write(out, levelNames, predictions);
        try {
            new RunManifest(
                            kind,
                            List.of(request.command()),
                            seed,
                            configuration,
                            request.sets().stream()
                                    .map(TrainRequest.DataSet::recorded)
                                    .toList(),
                            fits,
                            results(),
                            digests(out, List.of(SmallPackage.DIRECTORY)))
                    .write(out);
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read what was written to " + out + ": " + e, e);
        }
    }

    /** The recipe as it was read, with what the command line changed. */
    private ObjectNode configuration() {
        ObjectNode read;
        try {
            read = (ObjectNode) new YAMLMapper().readTree(request.recipe().bytes());
        } catch (IOException e) {
            throw new IllegalStateException("the recipe has been read before", e);
        }
        Recipe recipe = request.recipe().recipe();
        ObjectMapper json = new ObjectMapper();
        read.put("name", recipe.name());
        read.put("version", recipe.version());
        read.put("seed", recipe.seed());
        read.set("quality", json.valueToTree(recipe.quality()));
        read.set("aesthetics", json.valueToTree(recipe.aesthetics()));
        if (recipe.scores() == null) {
            read.remove("scores"); // another objective asks for level heads
        }
        if (recipe.data() != null) {
            read.set("data", json.valueToTree(recipe.data().withoutPlaces()));
        }
        read.remove("card");
        read.remove("licence");
        return read;
    }

    private ArrayNode results() {
        ArrayNode results = new ObjectMapper().createArrayNode();
        for (Evaluation evaluation : findings.evaluations) {
            ObjectNode node = results.addObject();
            node.put("dataset", evaluation.dataset())
                    .put("task", evaluation.task().id());
            Agreement whole = evaluation.whole();
            node.put("n", whole.n());
            put(node, "srcc", whole.srcc());
            put(node, "plcc", whole.plcc());
            put(node, "krcc", whole.krcc());
            put(node, "rmse", whole.rmse());
            ObjectNode ci = node.putObject("ci95");
            interval(ci, "srcc", evaluation.ci95().srcc());
            interval(ci, "plcc", evaluation.ci95().plcc());
        }
        return results;
    }

    private static void interval(ObjectNode node, String name, Interval interval) {
        ArrayNode ends = node.putArray(name);
        for (double end : new double[] {interval.low(), interval.high()}) {
            if (Double.isFinite(end)) {
                ends.add(end);
            } else {
                ends.addNull();
            }
        }
    }

    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }

    /**
     * @param results files and directories below the run's directory; those that are not there are passed over
     * @return SHA-256 of each of their files, of the predictions and of the log, by path
     */
    static Map<String, String> digests(Path out, List<String> results) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        List<String> all = new ArrayList<>(results);
        all.add(PredictionsCsv.FILE); // there is none where nothing was held out,
        all.add(RunLog.FILE); // and no log of what is solved in closed form
        for (String result : all) {
            if (Files.exists(out.resolve(result))) {
                try (Stream<Path> files = Files.walk(out.resolve(result))) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        digests.put(out.relativize(file).toString().replace('\\', '/'), Sha256.hex(file));
                    }
                }
            }
        }
        return digests;
    }
}
