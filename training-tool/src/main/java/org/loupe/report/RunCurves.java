package org.loupe.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * The numbers of a run's log, line by line, as curves. Every number of a line becomes a point of the curve of its name at the line's
 * {@code step}; words on the line (task, phase) and counters of repeated fits (head, fold) tell curves of one name apart. So a log may say
 * more than this class has heard of.
 *
 * @param charts by what they show, in the order they should be looked at
 */
record RunCurves(Map<Kind, List<Series>> charts) {
    /** What is drawn into one chart, because it has one unit. */
    enum Kind {
        LOSS("Loss", "What training makes smaller; the pale line is every step, the strong one their moving mean."),
        AGREEMENT("Agreement with people", "Correlation with the ratings, measured while training."),
        ERROR("Error", "Root mean squared error on the scale from 1 to 5, measured while training."),
        RATE("Learning rate", "How far each step goes."),
        GRADIENT("Gradient norm", "How strongly a step pulls, before clipping.");

        private final String title;
        private final String explanation;

        Kind(String title, String explanation) {
            this.title = title;
            this.explanation = explanation;
        }

        String title() {
            return title;
        }

        String explanation() {
            return explanation;
        }
    }

    static final RunCurves NONE = new RunCurves(Map.of());

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Set<String> COUNTERS = Set.of("head", "fold", "seed");
    /** Words that say what a line is, not which curve it belongs to. */
    private static final Set<String> NO_LABELS = Set.of("event", "reason");
    /** Says the last evaluation once more. */
    private static final String END = "end";
    /** As many as can be told apart by colour; further ones are left out. */
    private static final int MOST_SERIES = 6;

    /**
     * @param log JSON lines; a last line that a killed run left unfinished is passed over
     * @throws ScoringException IO_FAILED if it cannot be read, INVALID_REQUEST if a line in the middle is no JSON
     */
    static RunCurves read(Path log) {
        Map<Kind, Map<String, List<double[]>>> found = new LinkedHashMap<>();
        List<String> lines;
        try {
            lines = Files.readAllLines(log);
        } catch (IOException e) {
            throw ScoringException.cannotRead(log, e);
        }
        for (int i = 0; i < lines.size(); i++) {
            try {
                JsonNode line = MAPPER.readTree(lines.get(i));
                if (line.path("step").isNumber() && !line.path("event").asText().equals(END)) {
                    add(line, "", label(line), line.get("step").asDouble(), found);
                }
            } catch (JsonProcessingException e) {
                if (i + 1 < lines.size()) {
                    throw new ScoringException(
                            ErrorReason.INVALID_REQUEST, log + ", line " + (i + 1) + " is no JSON", e);
                }
            }
        }
        Map<Kind, List<Series>> charts = new LinkedHashMap<>();
        for (Kind kind : Kind.values()) {
            List<Series> series = found.getOrDefault(kind, Map.of()).entrySet().stream()
                    .map(entry -> Series.of(entry.getKey(), entry.getValue()))
                    .limit(MOST_SERIES)
                    .toList();
            if (!series.isEmpty()) {
                charts.put(kind, series);
            }
        }
        return new RunCurves(charts);
    }

    private static void add(
            JsonNode node, String path, String label, double step, Map<Kind, Map<String, List<double[]>>> found) {
        node.properties().forEach(field -> {
            String name = path.isEmpty() ? field.getKey() : path + " " + field.getKey();
            JsonNode value = field.getValue();
            if (value.isObject()) {
                add(value, name, label, step, found);
            } else if (value.isNumber() && Double.isFinite(value.asDouble())) {
                Kind kind = kind(field.getKey());
                if (kind != null) {
                    List<double[]> points = found.computeIfAbsent(kind, k -> new LinkedHashMap<>())
                            .computeIfAbsent((label + " " + spoken(name)).strip(), n -> new ArrayList<>());
                    // a run that was resumed counts on from its last checkpoint: what came after it is said again
                    points.removeIf(point -> point[0] >= step);
                    points.add(new double[] {step, value.asDouble()});
                }
            }
        });
    }

    private static String label(JsonNode line) {
        List<String> words = new ArrayList<>();
        line.properties().forEach(field -> {
            if (field.getValue().isTextual() && !NO_LABELS.contains(field.getKey())) {
                words.add(field.getValue().asText());
            } else if (COUNTERS.contains(field.getKey())) {
                words.add(field.getKey() + " " + field.getValue().asText());
            }
        });
        return String.join(" ", words);
    }

    private static @Nullable Kind kind(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.contains("loss")) {
            return Kind.LOSS;
        }
        if (lower.endsWith("srcc") || lower.endsWith("plcc")) {
            return Kind.AGREEMENT;
        }
        if (lower.equals("rmse")) {
            return Kind.ERROR;
        }
        if (lower.contains("gradient") || lower.contains("norm")) {
            return Kind.GRADIENT;
        }
        return lower.startsWith("learning") ? Kind.RATE : null;
    }

    private static String spoken(String name) {
        return name.replaceFirst("^(metrics|evaluation) ", "")
                .replaceAll("([a-z])([A-Z])", "$1 $2")
                .replace('_', ' ')
                .replace("srcc", "SRCC")
                .replace("plcc", "PLCC")
                .replace("rmse", "RMSE");
    }
}
