package org.loupe.export.adapter;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * {@code adapter_config.json} as PEFT writes it: what was adapted, by which rank and how strongly. Whatever would make the adapter something
 * other than a low-rank term beside a linear module is refused by name, never passed over.
 */
final class PeftConfig {
    /** The file's name. */
    static final String FILE = "adapter_config.json";

    /** A configuration is a few kilobytes; anything beyond is not one. */
    private static final long MOST_BYTES = 1 << 20;

    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private final int rank;
    private final double alpha;
    private final boolean rootScaled;
    private final Map<Pattern, Integer> ranks;
    private final Map<Pattern, Double> alphas;
    private final @Nullable Pattern targetPattern;
    private final List<String> targets;
    private final List<Integer> layers;

    private PeftConfig(JsonNode json) {
        List<String> problems = refusals(json);
        this.rank = json.path("r").asInt(0);
        this.alpha = json.path("lora_alpha").asDouble(Double.NaN);
        this.rootScaled = json.path("use_rslora").asBoolean(false);
        if (rank < 1 || !json.path("r").isInt()) {
            problems.add("r must be a whole number of at least 1, was " + json.path("r"));
        }
        if (!Double.isFinite(alpha) || !json.path("lora_alpha").isNumber()) {
            problems.add("lora_alpha must be a number, was " + json.path("lora_alpha"));
        }
        this.ranks = new LinkedHashMap<>();
        this.alphas = new LinkedHashMap<>();
        json.path("rank_pattern")
                .properties()
                .forEach(entry -> moduleEnd(
                        entry.getKey(), problems, ranks, entry.getValue().asInt(0)));
        json.path("alpha_pattern")
                .properties()
                .forEach(entry -> moduleEnd(
                        entry.getKey(), problems, alphas, entry.getValue().asDouble(Double.NaN)));
        JsonNode wanted = json.path("target_modules");
        this.targetPattern = wanted.isTextual() ? compile(wanted.asText(), problems) : null;
        this.targets = texts(wanted);
        if (targetPattern == null && targets.isEmpty()) {
            problems.add("target_modules must be a list of names or a regular expression, was " + wanted);
        }
        this.layers = numbers(json.path("layers_to_transform"));
        if (!problems.isEmpty()) {
            throw new ScoringException(ErrorReason.CHECKPOINT_INVALID, FILE + ": " + String.join("; ", problems));
        }
    }

    /**
     * @param directory of the adapter's checkpoint
     * @throws ScoringException CHECKPOINT_INVALID naming everything that is wrong or cannot be represented
     * @throws IOException if the file cannot be read
     */
    static PeftConfig read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new ScoringException(
                    ErrorReason.CHECKPOINT_INVALID,
                    directory + " holds no " + FILE + "; a PEFT adapter is a directory with " + FILE
                            + " and adapter_model.safetensors or adapter_model.bin");
        }
        if (Files.size(file) > MOST_BYTES) {
            throw new ScoringException(ErrorReason.CHECKPOINT_INVALID, FILE + " is too large for a configuration");
        }
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(file));
            if (!json.isObject()) {
                throw new ScoringException(ErrorReason.CHECKPOINT_INVALID, FILE + " must be an object");
            }
            return new PeftConfig(json);
        } catch (JsonProcessingException e) {
            throw new ScoringException(
                    ErrorReason.CHECKPOINT_INVALID, FILE + " is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static List<String> refusals(JsonNode json) {
        List<String> problems = new ArrayList<>();
        String type = json.path("peft_type").asText("LORA");
        if (!type.equals("LORA")) {
            problems.add("peft_type is " + type + ", only LORA is a low-rank term");
        }
        String bias = json.path("bias").asText("none");
        if (!bias.equals("none")) {
            problems.add("bias is " + bias + ": trained biases have no place in the graph, train with bias none");
        }
        Map<String, String> switches = Map.of(
                "use_dora", "DoRA rescales whole weights",
                "lora_bias", "a bias of the low-rank term has no place in the graph",
                "fan_in_fan_out", "the base's matrices are stored [out, in]",
                "use_qalora", "its pairs are grouped",
                "use_bdlora", "its pairs are blocks");
        switches.forEach((name, why) -> {
            if (json.path(name).asBoolean(false)) {
                problems.add(name + " is true: " + why);
            }
        });
        for (String name : List.of(
                "layer_replication", "target_parameters", "trainable_token_indices", "alora_invocation_tokens")) {
            JsonNode value = json.path(name);
            if (!value.isMissingNode() && !value.isNull() && !(value.isContainerNode() && value.isEmpty())) {
                problems.add(name + " is set, which changes more than linear modules");
            }
        }
        return problems;
    }

    /** PEFT finds a pattern at the end of a module's name, after a dot. */
    private static <V> void moduleEnd(String pattern, List<String> problems, Map<Pattern, V> found, V value) {
        Pattern compiled = compile("(.*\\.)?(" + pattern + ")", problems);
        if (compiled != null) {
            found.put(compiled, value);
        }
    }

    private static @Nullable Pattern compile(String pattern, List<String> problems) {
        try {
            return Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            problems.add("'" + pattern + "' is no regular expression: " + e.getDescription());
            return null;
        }
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        if (list.isArray()) {
            list.forEach(item -> texts.add(item.asText()));
        }
        return texts;
    }

    private static List<Integer> numbers(JsonNode value) {
        List<Integer> numbers = new ArrayList<>();
        if (value.isInt()) {
            numbers.add(value.asInt());
        }
        value.forEach(item -> numbers.add(item.asInt()));
        return numbers;
    }

    /** @return whether a linear module of the base should have a low-rank term by this configuration */
    boolean targets(String module) {
        if (!layers.isEmpty() && layers.stream().noneMatch(layer -> module.contains(".layers." + layer + "."))) {
            return false;
        }
        if (targetPattern != null) {
            return targetPattern.matcher(module).matches();
        }
        return targets.stream().anyMatch(target -> module.equals(target) || module.endsWith("." + target));
    }

    /** @return the rank of a module's pair */
    int rank(String module) {
        return ranks.entrySet().stream()
                .filter(entry -> entry.getKey().matcher(module).matches())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(rank);
    }

    /** @return what B A is multiplied by */
    double scale(String module) {
        double strength = alphas.entrySet().stream()
                .filter(entry -> entry.getKey().matcher(module).matches())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(alpha);
        return strength / (rootScaled ? Math.sqrt(rank(module)) : rank(module));
    }
}
