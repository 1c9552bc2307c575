package org.loupe.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.loupe.modelpackage.Manifest;

/** Figures as people read them. */
final class Report {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BAR = 24;
    /** Operators below this share of the time are told together. */
    private static final double LEAST_SHARE = 0.01;

    private Report() {}

    static String json(Object figures) {
        try {
            return JSON.writeValueAsString(figures);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("figures always make JSON", e);
        }
    }

    static List<String> table(Manifest manifest, PackageBench.Outcome outcome) {
        Figures figures = outcome.figures();
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%s/%s, %s, on %s with %d threads",
                manifest.name(),
                manifest.version(),
                figures.precision(),
                figures.device(),
                figures.threads()));
        lines.add(String.format(Locale.ROOT, "%-10s %10s %9s %9s", "one photo", "millis", "TFLOP", "TFLOP/s"));
        part(lines, "vision", figures.parts().vision());
        part(lines, "prefill", figures.parts().prefill());
        lines.add(ratio("both tasks over twice one", figures.bothTasksOverTwiceOneTask()));
        lines.add(ratio("eager network over graph", figures.eagerOverGraph()));
        lines.add("where the engine spends it:");
        lines.addAll(shares(outcome.profiles().whole()));
        lines.addAll(outcome.notes());
        return lines;
    }

    private static void part(List<String> lines, String name, Figures.@Nullable Part part) {
        lines.add(
                part == null
                        ? String.format(Locale.ROOT, "%-10s %10s", name, "-")
                        : String.format(
                                Locale.ROOT,
                                "%-10s %10.1f %9.4f %9.3f",
                                name,
                                part.millis(),
                                part.tflop(),
                                part.tflopPerSecond()));
    }

    private static String ratio(String name, @Nullable Double value) {
        return value == null ? name + ": -" : String.format(Locale.ROOT, "%s: %.3f", name, value);
    }

    /** One line an operator, the slowest first, with a bar. */
    static List<String> shares(List<NodeRun> run) {
        return bars(sums(run, NodeRun::op));
    }

    /** @return milliseconds by what the nodes have in common, most first */
    static Map<String, Double> sums(List<NodeRun> run, Function<NodeRun, String> common) {
        Map<String, Double> sums = new LinkedHashMap<>();
        run.forEach(node -> sums.merge(common.apply(node), node.micros() / 1e3, Double::sum));
        Map<String, Double> sorted = new LinkedHashMap<>();
        sums.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return sorted;
    }

    private static List<String> bars(Map<String, Double> millis) {
        double whole = millis.values().stream().mapToDouble(Double::doubleValue).sum();
        List<String> lines = new ArrayList<>();
        double rest = 0;
        for (Map.Entry<String, Double> entry : millis.entrySet()) {
            if (entry.getValue() < LEAST_SHARE * whole) {
                rest += entry.getValue();
            } else {
                lines.add(bar(entry.getKey(), entry.getValue(), whole));
            }
        }
        if (rest > 0) {
            lines.add(bar("others", rest, whole));
        }
        return lines;
    }

    private static String bar(String name, double millis, double whole) {
        double share = whole == 0 ? 0 : millis / whole;
        return String.format(Locale.ROOT, "  %-28s %8.1f ms %5.1f %% %s", name, millis, 100 * share, "#".repeat((int)
                        Math.round(BAR * share)));
    }
}
