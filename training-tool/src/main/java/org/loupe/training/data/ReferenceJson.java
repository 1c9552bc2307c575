package org.loupe.training.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.Level;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/**
 * The JSON files of the reference: an array of objects with {@code image} or {@code img_path}; the rating is {@code gt_score}, or the number
 * after the arrow in {@code id}, or else the level word of the answer in {@code conversations} (which then stands for its MOS). The task is
 * what the answer speaks of. The scale is never told there, so it must be given wherever there are numbers.
 */
final class ReferenceJson {
    /** The largest released file has under 100 MB; beyond this it is not a label file. */
    private static final long MAX_BYTES = 1L << 30;

    private static final Pattern SCORE_IN_ID = Pattern.compile("->\\s*(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)\\s*$");
    private static final Pattern ANSWER =
            Pattern.compile("the (quality|aesthetics?) of the \\w+ is (\\w+)", Pattern.CASE_INSENSITIVE);

    private final Path file;
    private final Ratings.Hints hints;
    private final List<LabelRow> items = new ArrayList<>();
    private final RowTable faults;
    private boolean scaleMissing;

    private ReferenceJson(Path file, Ratings.Hints hints) {
        this.file = file;
        this.hints = hints;
        this.faults = RowTable.empty(file, "entry");
    }

    static Ratings.Examined read(Path file, Ratings.Hints hints) {
        ReferenceJson reader = new ReferenceJson(file, hints);
        JsonNode root = parse(file);
        for (int i = 0; i < root.size(); i++) {
            reader.add(i + 1, root.get(i));
        }
        if (reader.scaleMissing) {
            reader.faults.fault(
                    1,
                    "has a score, but such files do not tell the scale: give --label-scale WORST:BEST, such as 0:100");
        }
        return new Ratings.Examined(reader.items, reader.faults.faults());
    }

    private static JsonNode parse(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ScoringException(ErrorReason.INVALID_REQUEST, file + " is too large for a label file");
            }
            JsonNode root = new ObjectMapper().readTree(file.toFile());
            if (!root.isArray() || root.isEmpty()) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST, file + " holds no array of ratings, as the reference's files do");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, file + " is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw ScoringException.cannotRead(file, e);
        }
    }

    private void add(int entry, JsonNode node) {
        String name = node.path("image").asText(node.path("img_path").asText());
        Path picture;
        try {
            picture = file.resolveSibling(name);
        } catch (InvalidPathException e) {
            faults.fault(entry, "'" + name + "' is not a file name");
            return;
        }
        if (name.isEmpty()) {
            faults.fault(entry, "has neither image nor img_path");
            return;
        }
        if (!Files.isRegularFile(picture)) {
            faults.fault(entry, LabelFault.Kind.FILE_MISSING, name, Double.NaN, "picture not found: " + picture);
            return;
        }
        Matcher answer = ANSWER.matcher(answer(node));
        boolean answered = answer.find();
        Task task = task(answered ? answer.group(1) : null);
        if (task == null) {
            faults.fault(entry, name + " does not say what was asked: give --label-task quality or aesthetics");
            return;
        }
        Double score = score(node);
        if (score == null) {
            Optional<Level> level = answered ? level(answer.group(2)) : Optional.empty();
            level.ifPresentOrElse(
                    word -> items.add(new LabelRow(
                            entry, new Rated(picture, name, task, word.weight()), word.weight(), Scale.FIVE)),
                    () -> faults.fault(entry, name + " has neither score nor level word"));
        } else {
            addScore(entry, picture, name, task, score);
        }
    }

    private void addScore(int entry, Path picture, String name, Task task, double score) {
        Scale scale = hints.scale();
        if (scale == null) {
            scaleMissing = true;
        } else if (scale.holds(score)) {
            items.add(new LabelRow(entry, new Rated(picture, name, task, scale.toFive(score)), score, scale));
        } else {
            faults.fault(
                    entry,
                    LabelFault.Kind.OUTSIDE_SCALE,
                    name,
                    score,
                    name + " has the score " + score + " outside " + scale.worst() + ":" + scale.best());
        }
    }

    private static String answer(JsonNode node) {
        for (JsonNode turn : node.path("conversations")) {
            if (turn.path("from").asText().equals("gpt")) {
                return turn.path("value").asText();
            }
        }
        return "";
    }

    private @Nullable Task task(@Nullable String word) {
        if (word == null) {
            return hints.task();
        }
        return word.toLowerCase(Locale.ROOT).startsWith("q") ? Task.QUALITY : Task.AESTHETICS;
    }

    private static @Nullable Double score(JsonNode node) {
        if (node.path("gt_score").isNumber()) {
            return node.path("gt_score").asDouble();
        }
        Matcher id = SCORE_IN_ID.matcher(node.path("id").asText());
        return id.find() ? Double.valueOf(id.group(1)) : null;
    }

    private static Optional<Level> level(String word) {
        return Arrays.stream(Level.values())
                .filter(level -> level.id().equalsIgnoreCase(word))
                .findFirst();
    }
}
