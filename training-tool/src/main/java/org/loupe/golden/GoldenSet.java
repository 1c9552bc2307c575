package org.loupe.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * What the reference answered.
 *
 * @param file the golden file
 * @param cases pictures and clips
 * @param tolerance largest allowed absolute deviation by name: logits, probs, score_1_to_5
 */
record GoldenSet(Path file, List<Case> cases, Map<String, Double> tolerance) {
    private static final ObjectMapper JSON = new ObjectMapper();

    GoldenSet {
        cases = List.copyOf(cases);
        tolerance = Map.copyOf(tolerance);
    }

    /**
     * One picture or clip.
     *
     * @param name for messages
     * @param files its frames in order
     * @param answers by prompt, such as quality.image
     */
    record Case(String name, List<Path> files, Map<String, Answer> answers) {}

    /**
     * Answer to one prompt.
     *
     * @param logits of the levels, best first
     * @param probabilities of the levels, best first
     * @param mos mean opinion score
     */
    record Answer(double[] logits, double[] probabilities, double mos) {}

    /**
     * @param folder holds one NAME.golden.json and the pictures it names
     * @throws ScoringException INVALID_REQUEST if it does not
     */
    static GoldenSet open(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> golden = files.filter(file -> file.toString().endsWith(".golden.json"))
                    .toList();
            if (golden.size() != 1) {
                throw invalid(folder + " must hold one file NAME.golden.json, it holds " + golden.size(), null);
            }
            return parse(golden.get(0));
        } catch (IOException e) {
            throw invalid("the golden set " + folder + " cannot be read: " + e, e);
        }
    }

    private static GoldenSet parse(Path file) throws IOException {
        JsonNode root = JSON.readTree(file.toFile());
        List<Case> cases = new ArrayList<>();
        for (JsonNode image : root.path("images")) {
            cases.add(parse(file, image, List.of(image.path("file").asText())));
        }
        for (JsonNode video : root.path("videos")) {
            List<String> frames = new ArrayList<>();
            video.path("files").forEach(frame -> frames.add(frame.asText()));
            cases.add(parse(file, video, frames));
        }
        Map<String, Double> tolerance = new LinkedHashMap<>();
        root.path("tolerance_abs")
                .properties()
                .forEach(each -> tolerance.put(each.getKey(), each.getValue().asDouble()));
        if (cases.isEmpty()) {
            throw invalid(file + " holds no pictures", null);
        }
        return new GoldenSet(file, cases, tolerance);
    }

    private static Case parse(Path file, JsonNode node, List<String> frames) {
        Map<String, Answer> answers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> task : node.path("tasks").properties()) {
            JsonNode answer = task.getValue();
            answers.put(
                    task.getKey(),
                    new Answer(
                            numbers(answer.path("logits")),
                            numbers(answer.path("probs")),
                            answer.path("score_1_to_5").asDouble()));
        }
        return new Case(
                node.path("name").asText(),
                frames.stream().map(file::resolveSibling).toList(),
                answers);
    }

    private static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).asDouble();
        }
        return numbers;
    }

    private static ScoringException invalid(String message, @Nullable IOException cause) {
        return new ScoringException(ErrorReason.INVALID_REQUEST, message, cause);
    }
}
