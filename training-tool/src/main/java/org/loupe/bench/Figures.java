package org.loupe.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

/**
 * What {@code loupe model bench --format json} prints: one object, exactly these keys. What a model does not have is null.
 *
 * @param device what the graph ran on
 * @param threads threads of the graph and of the eager network alike
 * @param precision numbers of the package's weights
 * @param parts where the time of one photo goes
 * @param bothTasksOverTwiceOneTask time of one run that scores quality and aesthetics of one photo, over twice the time of a run that scores
 *     quality
 * @param eagerOverGraph time of the same network in libtorch eager mode, 32 bits, that scores the two tasks one after the other, over the
 *     time of our one run of both
 */
@JsonPropertyOrder({"device", "threads", "precision", "parts", "bothTasksOverTwiceOneTask", "eagerOverGraph"})
record Figures(
        String device,
        int threads,
        String precision,
        Parts parts,
        @Nullable Double bothTasksOverTwiceOneTask,
        @Nullable Double eagerOverGraph) {
    /**
     * @param vision pixels to the rows that the language model sees
     * @param prefill the language model's one pass, quality only
     */
    @JsonPropertyOrder({"vision", "prefill"})
    record Parts(@Nullable Part vision, @Nullable Part prefill) {}

    /**
     * @param millis median of the rounds, milliseconds
     * @param tflop 2 x multiply-adds of the matrix products executed, in units of 10^12
     */
    @JsonPropertyOrder({"millis", "tflop"})
    record Part(double millis, double tflop) {
        /** @return 10^12 operations a second */
        double tflopPerSecond() {
            return tflop / (millis / 1e3);
        }
    }
}
