package org.loupe.training.loop;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * How long, how fast and how carefully is trained. In a recipe every key is optional, written in lower case with hyphens
 * ({@code learning-rate}); what is left out stands as in {@link #DEFAULT}.
 *
 * @param seed everything random follows from it and from the number of the step
 * @param epochs passes over the items
 * @param maxSteps the run ends after so many steps, and the learning rate is planned for them; 0 for all epochs
 * @param batch items a step; an epoch is cut into equal steps of about so many
 * @param accumulation passes a step is cut into, to need less memory; only the rounding changes
 * @param learningRate peak of the schedule
 * @param schedule of the learning rate
 * @param warmUp share of all steps in which the rate rises from 0, rounded up to whole steps, 0..1
 * @param weightDecay decoupled, a share of the learning rate
 * @param beta1 how much of the mean gradient AdamW keeps
 * @param beta2 how much of the mean square it keeps
 * @param epsilon AdamW's
 * @param clip longest gradient over all parameters; 0 does not clip
 * @param evaluateEvery steps between evaluations; 0 evaluates after every epoch. The last step is always evaluated
 * @param patience evaluations without a better {@code watch} after which the run ends; 0 never ends early
 * @param keepBest how many of the best weights are kept; where there is an evaluation, the run ends with the best. 0 keeps none and ends
 *     with the last
 * @param watch the figure that tells better from worse; smaller is better for {@code loss} and {@code rmse}, larger for all others
 * @param checkpointEvery steps between check points; 0 writes none before the end
 * @param logEvery steps between lines of the log
 * @param readAhead batches read before they are needed, each of which stays in memory until then; 0 reads on the training thread
 * @param readers threads that read them; no result depends on it
 * @param threads of libtorch; the last digits of a result depend on it
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record LoopConfig(
        long seed,
        int epochs,
        int maxSteps,
        int batch,
        int accumulation,
        double learningRate,
        Schedule schedule,
        double warmUp,
        double weightDecay,
        double beta1,
        double beta2,
        double epsilon,
        double clip,
        int evaluateEvery,
        int patience,
        int keepBest,
        String watch,
        int checkpointEvery,
        int logEvery,
        int readAhead,
        int readers,
        int threads) {

    /** For a few hundred to a few thousand pictures on a small network; AdamW as the reference has it. */
    public static final LoopConfig DEFAULT = new LoopConfig(
            1, 20, 0, 64, 1, 1e-3, Schedule.COSINE, 0.03, 0.01, 0.9, 0.999, 1e-8, 0, 0, 0, 1, "srcc", 0, 10, 0, 1, 1);

    public LoopConfig {
        List<String> wrong = new ArrayList<>();
        check(wrong, epochs >= 1, "epochs must be at least 1, was %s", epochs);
        check(wrong, maxSteps >= 0, "max-steps must not be negative, was %s", maxSteps);
        check(wrong, batch >= 1, "batch must be at least 1, was %s", batch);
        check(wrong, accumulation >= 1 && accumulation <= batch, "accumulation must be 1..batch, was %s", accumulation);
        check(
                wrong,
                learningRate >= 0 && Double.isFinite(learningRate),
                "learning-rate must not be negative, was %s",
                learningRate);
        check(wrong, warmUp >= 0 && warmUp <= 1, "warm-up must be a share 0..1, was %s", warmUp);
        check(
                wrong,
                weightDecay >= 0 && Double.isFinite(weightDecay),
                "weight-decay must not be negative, was %s",
                weightDecay);
        check(wrong, beta1 >= 0 && beta1 < 1, "beta1 must be 0 or more and below 1, was %s", beta1);
        check(wrong, beta2 >= 0 && beta2 < 1, "beta2 must be 0 or more and below 1, was %s", beta2);
        check(wrong, epsilon > 0, "epsilon must be above 0, was %s", epsilon);
        check(wrong, clip >= 0, "clip must not be negative, was %s", clip);
        check(wrong, evaluateEvery >= 0, "evaluate-every must not be negative, was %s", evaluateEvery);
        check(wrong, patience >= 0, "patience must not be negative, was %s", patience);
        check(wrong, keepBest >= 0 && keepBest <= 20, "keep-best must be 0..20, was %s", keepBest);
        check(wrong, checkpointEvery >= 0, "checkpoint-every must not be negative, was %s", checkpointEvery);
        check(wrong, logEvery >= 1, "log-every must be at least 1, was %s", logEvery);
        check(wrong, readAhead >= 0 && readAhead <= 64, "read-ahead must be 0..64 batches, was %s", readAhead);
        check(wrong, readers >= 1 && readers <= 64, "readers must be 1..64 threads, was %s", readers);
        check(wrong, threads >= 1 && threads <= 1024, "threads must be 1..1024, was %s", threads);
        if (!wrong.isEmpty()) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, String.join("; ", wrong));
        }
    }

    /** What a recipe says, the rest as in {@link #DEFAULT}. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static LoopConfig fromRecipe(JsonNode said) {
        return DEFAULT.with(said);
    }

    /**
     * @param said an object with any of this record's keys, as in a recipe
     * @throws ScoringException INVALID_REQUEST naming every unknown key and every value out of range
     */
    public LoopConfig with(JsonNode said) {
        ObjectNode known = toJson();
        List<String> unknown = new ArrayList<>();
        said.properties().forEach(field -> {
            JsonNode before = known.get(field.getKey());
            boolean fits = before != null
                    && (before.isTextual()
                            ? field.getValue().isTextual()
                            : field.getValue().isNumber())
                    && (!before.isIntegralNumber() || field.getValue().isIntegralNumber());
            if (fits) {
                known.set(field.getKey(), field.getValue());
            } else {
                unknown.add(field.getKey() + ": " + field.getValue());
            }
        });
        if (!said.isObject() || !unknown.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "the loop does not understand " + (unknown.isEmpty() ? said.toString() : unknown) + "; it knows "
                            + String.join(", ", names(known)));
        }
        return new LoopConfig(
                known.get("seed").asLong(),
                known.get("epochs").asInt(),
                known.get("max-steps").asInt(),
                known.get("batch").asInt(),
                known.get("accumulation").asInt(),
                known.get("learning-rate").asDouble(),
                schedule(known.get("schedule").asText()),
                known.get("warm-up").asDouble(),
                known.get("weight-decay").asDouble(),
                known.get("beta1").asDouble(),
                known.get("beta2").asDouble(),
                known.get("epsilon").asDouble(),
                known.get("clip").asDouble(),
                known.get("evaluate-every").asInt(),
                known.get("patience").asInt(),
                known.get("keep-best").asInt(),
                known.get("watch").asText(),
                known.get("checkpoint-every").asInt(),
                known.get("log-every").asInt(),
                known.get("read-ahead").asInt(),
                known.get("readers").asInt(),
                known.get("threads").asInt());
    }

    /** The same with one key changed, for instance {@code with("learning-rate", 1e-4)}. */
    public LoopConfig with(String key, Object value) {
        ObjectNode said = new ObjectMapper().createObjectNode();
        said.set(key, new ObjectMapper().valueToTree(value));
        return with(said);
    }

    /** @return every key as a recipe writes it */
    public ObjectNode toJson() {
        return new ObjectMapper().valueToTree(this);
    }

    /** @return whether {@code now} is better than {@code before} in the sense of {@link #watch}; what is not a number never is */
    boolean better(double now, double before) {
        if (Double.isNaN(now) || Double.isNaN(before)) {
            return !Double.isNaN(now);
        }
        return (watch.equals("loss") || watch.equals("rmse")) ? now < before : now > before;
    }

    private static Schedule schedule(String name) {
        for (Schedule schedule : Schedule.values()) {
            if (schedule.name().toLowerCase(Locale.ROOT).equals(name)) {
                return schedule;
            }
        }
        throw new ScoringException(ErrorReason.INVALID_REQUEST, "schedule must be cosine or constant, was " + name);
    }

    private static List<String> names(ObjectNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static void check(List<String> wrong, boolean right, String message, Object value) {
        if (!right) {
            wrong.add(String.format(Locale.ROOT, message, value));
        }
    }
}
