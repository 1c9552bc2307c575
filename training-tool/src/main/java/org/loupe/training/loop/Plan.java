package org.loupe.training.loop;

import java.util.Arrays;

/** Which items which step looks at: pure arithmetic of configuration and step. For one thread. */
final class Plan {
    private final LoopConfig config;
    private final Trainable<?> trainable;
    private final int items;
    private final int stepsPerEpoch;
    private final long steps;
    private int orderedEpoch = -1;
    private int[] order = {};

    Plan(LoopConfig config, Trainable<?> trainable) {
        this.config = config;
        this.trainable = trainable;
        this.items = trainable.items();
        if (items < 1) {
            throw new IllegalArgumentException("there is nothing to learn from");
        }
        this.stepsPerEpoch = Math.max(1, Math.round(items / (float) config.batch()));
        this.steps = config.maxSteps() > 0 ? config.maxSteps() : (long) stepsPerEpoch * config.epochs();
    }

    /** @return of the whole run */
    long steps() {
        return steps;
    }

    int stepsPerEpoch() {
        return stepsPerEpoch;
    }

    int epoch(long step) {
        return (int) (step / stepsPerEpoch);
    }

    /** @return steps of warm-up */
    long warmUp() {
        return (long) Math.ceil(steps * config.warmUp());
    }

    double learningRate(long step) {
        return config.learningRate() * config.schedule().factor(step, steps, warmUp());
    }

    /** @return whether an evaluation follows this step */
    boolean evaluates(long step) {
        long every = config.evaluateEvery() > 0 ? config.evaluateEvery() : stepsPerEpoch;
        return (step + 1) % every == 0 || step + 1 == steps;
    }

    /** @return how many items the step looks at */
    int items(long step) {
        return to(step) - from(step);
    }

    /** @return passes the step is cut into; a step of few items has no empty ones */
    int parts(long step) {
        return Math.min(config.accumulation(), items(step));
    }

    Batch batch(long step, int part) {
        int epoch = epoch(step);
        if (epoch != orderedEpoch) {
            order = trainable.order(epoch, Seeds.of(config.seed(), -1, epoch));
            if (order.length != items) {
                throw new IllegalStateException("an epoch of " + items + " items came in an order of " + order.length);
            }
            orderedEpoch = epoch;
        }
        int parts = parts(step);
        int n = items(step);
        int[] mine = Arrays.copyOfRange(
                order,
                from(step) + (int) ((long) n * part / parts),
                from(step) + (int) ((long) n * (part + 1) / parts));
        return new Batch(step, epoch, part, parts, mine, Seeds.of(config.seed(), step, part));
    }

    private int from(long step) {
        return (int) ((long) items * (step % stepsPerEpoch) / stepsPerEpoch);
    }

    private int to(long step) {
        return (int) ((long) items * (step % stepsPerEpoch + 1) / stepsPerEpoch);
    }
}
