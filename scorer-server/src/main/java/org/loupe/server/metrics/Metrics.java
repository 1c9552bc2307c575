package org.loupe.server.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.loupe.batch.QueueStatistics;
import org.loupe.scoring.LoadedModel;
import org.loupe.scoring.Models;
import org.loupe.scoring.Scoring;
import org.loupe.scoring.ScoringStatistics;

/** What the server counted so far. Safe for use by many threads. */
public final class Metrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Models models;
    /** Meters of each loaded model; guarded by this object's lock. */
    private final Map<LoadedModel, List<Meter>> meters = new HashMap<>();

    Metrics(Scoring scoring, Models models) {
        this.models = models;
        scoringCounter(scoring, "loupe.media.scored", "media answered with scores", ScoringStatistics::scored);
        scoringCounter(scoring, "loupe.media.failed", "media answered with a reason", ScoringStatistics::failed);
        scoringCounter(
                scoring, "loupe.media.remembered", "media answered from the cache", ScoringStatistics::remembered);
        scoringCounter(
                scoring, "loupe.media.shared", "media answered with an equal one under way", ScoringStatistics::shared);
        scoringGauge(scoring, "loupe.media.waiting", "media waiting to be decoded", ScoringStatistics::waiting);
        scoringGauge(scoring, "loupe.media.held.bytes", "encoded bytes in memory", ScoringStatistics::heldBytes);
    }

    /** Models come and go; what is told is what is loaded now. */
    private synchronized void follow() {
        Set<LoadedModel> loaded = new HashSet<>(models.all());
        meters.entrySet().removeIf(entry -> {
            if (loaded.contains(entry.getKey())) {
                return false;
            }
            entry.getValue().forEach(registry::remove);
            return true;
        });
        loaded.forEach(model -> meters.computeIfAbsent(model, this::queue));
    }

    private List<Meter> queue(LoadedModel model) {
        List<Meter> made = new ArrayList<>();
        queueCounter(made, model, "loupe.engine.runs", "graph runs", QueueStatistics::runs);
        queueCounter(made, model, "loupe.engine.frames", "frames through the graph", QueueStatistics::framesRun);
        queueCounter(made, model, "loupe.engine.rows", "rows through the graph", QueueStatistics::rowsRun);
        queueCounter(made, model, "loupe.queue.expired", "jobs whose deadline passed", QueueStatistics::expired);
        queueCounter(made, model, "loupe.queue.cancelled", "jobs taken back", QueueStatistics::cancelled);
        queueCounter(made, model, "loupe.queue.refused", "jobs refused for lack of room", QueueStatistics::refused);
        queueCounter(made, model, "loupe.engine.failed", "jobs the engine refused", QueueStatistics::failed);
        made.add(Gauge.builder("loupe.queue.frames", model, loaded -> loaded.queue()
                        .statistics()
                        .waitingFrames())
                .description("frames waiting now")
                .tag("model", model.ref().toString())
                .strongReference(true)
                .register(registry));
        return made;
    }

    private void scoringCounter(Scoring scoring, String name, String what, ToDoubleFunction<ScoringStatistics> value) {
        FunctionCounter.builder(name, scoring, source -> value.applyAsDouble(source.statistics()))
                .description(what)
                .register(registry);
    }

    private void scoringGauge(Scoring scoring, String name, String what, ToDoubleFunction<ScoringStatistics> value) {
        Gauge.builder(name, scoring, source -> value.applyAsDouble(source.statistics()))
                .description(what)
                .register(registry);
    }

    private void queueCounter(
            List<Meter> made, LoadedModel model, String name, String what, ToDoubleFunction<QueueStatistics> value) {
        made.add(FunctionCounter.builder(name, model.queue(), queue -> value.applyAsDouble(queue.statistics()))
                .description(what)
                .tag("model", model.ref().toString())
                .register(registry));
    }

    /** @return all values in Prometheus' text format */
    public String scrape() {
        follow();
        return registry.scrape();
    }

    @Override
    public void close() {
        registry.close();
    }
}
