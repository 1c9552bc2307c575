package org.loupe.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** One JSON object of a configuration, read field by field. What is wrong is collected, so that one message tells everything. */
final class ConfigNode {
    // Configurations take a few KB; this bounds what a hostile one makes us hold.
    private static final long MAX_BYTES = 1 << 20;
    // Far above any real model, and products of two still fit an int where they are counted as tokens.
    private static final int MAX_DIMENSION = 1 << 24;
    private static final int MAX_SIDE = 1 << 13;
    private static final int MAX_LAYERS = 1 << 10;

    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private final String path;
    private final JsonNode node;
    private final List<String> problems;

    private ConfigNode(String path, JsonNode node, List<String> problems) {
        this.path = path;
        this.node = node;
        this.problems = problems;
    }

    /** @param problems receives what is wrong with the file's fields */
    static ConfigNode read(Path directory, String fileName, List<String> problems) throws IOException {
        Path file = directory.resolve(fileName);
        if (!Files.isRegularFile(file)) {
            throw new ScoringException(ErrorReason.CHECKPOINT_INVALID, "no " + fileName + " in " + directory);
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new ScoringException(ErrorReason.CHECKPOINT_INVALID, fileName + " is too large for a configuration");
        }
        JsonNode node;
        try {
            node = JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new ScoringException(
                    ErrorReason.CHECKPOINT_INVALID, fileName + " is no JSON: " + e.getOriginalMessage(), e);
        }
        if (!node.isObject()) {
            throw new ScoringException(ErrorReason.CHECKPOINT_INVALID, fileName + " is no JSON object");
        }
        return new ConfigNode(fileName + ": ", node, problems);
    }

    ConfigNode object(String field) {
        JsonNode child = node.path(field);
        if (!child.isObject()) {
            problem(field, "is missing");
            return new ConfigNode(path + field + ".", JSON.createObjectNode(), new ArrayList<>());
        }
        return new ConfigNode(path + field + ".", child, problems);
    }

    /** @return a dimension, 1 if it is missing or wrong and was noted */
    int dimension(String field) {
        return natural(field, MAX_DIMENSION);
    }

    /** @param absent what the format means when the field is not there */
    int dimension(String field, int absent) {
        return given(field) == null ? absent : dimension(field);
    }

    /** @return a number of pixels, 1 if it is missing or wrong and was noted */
    int side(String field) {
        return natural(field, MAX_SIDE);
    }

    /** @return a number of layers, 1 if it is missing or wrong and was noted */
    int layers(String field) {
        return natural(field, MAX_LAYERS);
    }

    private int natural(String field, int most) {
        JsonNode child = node.path(field);
        if (!child.isIntegralNumber() || !child.canConvertToInt() || child.asInt() < 1 || child.asInt() > most) {
            problem(field, describe(child) + ", needs a number from 1 to " + most);
            return 1;
        }
        return child.asInt();
    }

    /** @return a positive finite number, 1 if it is missing or wrong and was noted */
    double positive(String field) {
        JsonNode child = node.path(field);
        if (!child.isNumber() || !(child.asDouble() > 0) || !Double.isFinite(child.asDouble())) {
            problem(field, describe(child) + ", needs a number above 0");
            return 1;
        }
        return child.asDouble();
    }

    /** @param absent what the format means when the field is not there */
    double positive(String field, double absent) {
        return given(field) == null ? absent : positive(field);
    }

    /** @return three numbers, one a channel */
    List<Double> channels(String field, double atLeast, double atMost) {
        JsonNode child = node.path(field);
        List<Double> values = new ArrayList<>();
        if (child.isArray() && child.size() == 3) {
            for (JsonNode value : child) {
                if (value.isNumber() && value.asDouble() >= atLeast && value.asDouble() <= atMost) {
                    values.add(value.asDouble());
                }
            }
        }
        if (values.size() != 3) {
            problem(field, describe(child) + ", needs three numbers from " + atLeast + " to " + atMost);
            return List.of(0.5, 0.5, 0.5);
        }
        return values;
    }

    /** Notes a problem unless the field is absent, null or one of the values. */
    void mustBe(String field, String... allowed) {
        JsonNode child = given(field);
        if (child != null && !List.of(allowed).contains(child.asText())) {
            problem(field, describe(child) + ", only " + String.join(" or ", allowed) + " can be run");
        }
    }

    /** @return the field unless it is absent or null */
    @Nullable
    JsonNode given(String field) {
        JsonNode child = node.path(field);
        return child.isMissingNode() || child.isNull() ? null : child;
    }

    void problem(String field, String what) {
        problems.add(path + field + " " + what);
    }

    private static String describe(JsonNode child) {
        return child.isMissingNode() ? "is missing" : "is " + child;
    }
}
