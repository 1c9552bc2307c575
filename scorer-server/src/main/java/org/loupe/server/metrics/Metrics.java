package org.loupe.server.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.ToDoubleFunction;
import org.loupe.batch.QueueStatistics;
import org.loupe.scoring.LoadedModel;
import org.loupe.scoring.Models;
import org.loupe.scoring.Scoring;
import org.loupe.scoring.ScoringStatistics;

/** What the server counted so far. Safe for use by many threads. */
public final class Metrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    Metrics(Scoring scoring, Models models) {
        scoringCounter(scoring, "loupe.media.scored", "media answered with scores", ScoringStatistics::scored);
        scoringCounter(scoring, "loupe.media.failed", "media answered with a reason", ScoringStatistics::failed);
        scoringCounter(
                scoring, "loupe.media.remembered", "media answered from the cache", ScoringStatistics::remembered);
        scoringCounter(
                scoring, "loupe.media.shared", "media answered with an equal one under way", ScoringStatistics::shared);
        scoringGauge(scoring, "loupe.media.waiting", "media waiting to be decoded", ScoringStatistics::waiting);
        scoringGauge(scoring, "loupe.media.held.bytes", "encoded bytes in memory", ScoringStatistics::heldBytes);
        models.all().forEach(this::queue);
    }

    private void queue(LoadedModel model) {
        queueCounter(model, "loupe.engine.runs", "graph runs", QueueStatistics::runs);
        queueCounter(model, "loupe.engine.frames", "frames through the graph", QueueStatistics::framesRun);
        queueCounter(model, "loupe.engine.rows", "rows through the graph", QueueStatistics::rowsRun);
        queueCounter(model, "loupe.queue.expired", "jobs whose deadline passed", QueueStatistics::expired);
        queueCounter(model, "loupe.queue.cancelled", "jobs taken back", QueueStatistics::cancelled);
        queueCounter(model, "loupe.queue.refused", "jobs refused for lack of room", QueueStatistics::refused);
        queueCounter(model, "loupe.engine.failed", "jobs the engine refused", QueueStatistics::failed);
        Gauge.builder("loupe.queue.frames", model, loaded -> loaded.queue()
                        .statistics()
                        .waitingFrames())
                .description("frames waiting now")
                .tag("model", model.ref().toString())
                .strongReference(true)
                .register(registry);
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

    private void queueCounter(LoadedModel model, String name, String what, ToDoubleFunction<QueueStatistics> value) {
        FunctionCounter.builder(name, model.queue(), queue -> value.applyAsDouble(queue.statistics()))
                .description(what)
                .tag("model", model.ref().toString())
                .register(registry);
    }

    /** @return all values in Prometheus' text format */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        registry.close();
    }
}
