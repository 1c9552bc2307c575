package org.loupe.training.loop;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Trains whatever is {@link Trainable}: schedule, accumulation, clipping, AdamW, evaluation meanwhile, early stopping, the best weights, check
 * points. A run that is killed at any moment and resumed ends with the same bytes as one that was not, on one machine with the same number
 * of threads. Sets libtorch's threads and generator, which the whole process shares. For one thread.
 */
public final class TrainingLoop {
    // Where a generator is seeded for something that is not a step.
    private static final long EVALUATION = -2;
    private static final double NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

    private final LoopConfig config;
    private final String fit;
    private final String identity;
    private final @Nullable CheckpointStore store;
    private final @Nullable RunLog log;
    private final LoopListener listener;

    private TrainingLoop(
            LoopConfig config,
            String fit,
            String identity,
            @Nullable CheckpointStore store,
            @Nullable RunLog log,
            LoopListener listener) {
        this.config = config;
        this.fit = fit;
        this.identity = identity;
        this.store = store;
        this.log = log;
        this.listener = listener;
    }

    /**
     * A loop that keeps nothing on disk.
     *
     * @param fit name for log and reader
     */
    public TrainingLoop(LoopConfig config, String fit) {
        this(config, fit, "", null, null, LoopListener.NONE);
    }

    /**
     * The same with check points.
     *
     * @param identity says all that the fit depends on besides the configuration: data, objective, network, base. Check points of another
     *     identity are refused
     */
    public TrainingLoop keeping(CheckpointStore checkpoints, String identity) {
        return new TrainingLoop(config, fit, identity, checkpoints, log, listener);
    }

    /** The same with a log, which stays the caller's. */
    public TrainingLoop logging(RunLog runLog) {
        return new TrainingLoop(config, fit, identity, store, runLog, listener);
    }

    /** The same, watched. */
    public TrainingLoop watchedBy(LoopListener watcher) {
        return new TrainingLoop(config, fit, identity, store, log, watcher);
    }

    /**
     * Trains to the end. Afterwards the trainable holds the best weights where it evaluates and {@link LoopConfig#keepBest()} is at least 1,
     * otherwise the last ones. A fit whose check points say that it is over is only loaded.
     *
     * @throws ScoringException MODEL_FAILED if loss or gradient stop being numbers, CANCELLED if the thread is interrupted, INVALID_REQUEST
     *     if the check points belong to another run, IO_FAILED if they cannot be written
     */
    public <B> LoopResult run(Trainable<B> trainable) {
        torch.set_num_threads(config.threads());
        // libtorch's number does not reach OpenBLAS
        int before = openblas_full.openblas_get_num_threads();
        if (trainable.smallProducts()) {
            openblas_full.openblas_set_num_threads(1);
        }
        try (PointerScope memory = new PointerScope()) {
            return new Run<>(trainable).toTheEnd();
        } finally {
            openblas_full.openblas_set_num_threads(before);
        }
    }

    /** One run and what changes while it goes on. */
    private final class Run<B> {
        private final Trainable<B> trainable;
        private final Plan plan;
        private final AdamW optimiser;
        private final BestList best;
        private final Map<String, Tensor> bestWeights = new LinkedHashMap<>();
        private final String digest;
        private final long started = System.nanoTime();
        private List<LoopState.Best> checkpointed = List.of();
        private long itemsSeen;
        private long steps;
        private double lossSum;
        private int lossCount;
        private Map<String, @Nullable Double> metrics = Map.of();

        Run(Trainable<B> trainable) {
            this.trainable = trainable;
            this.plan = new Plan(config, trainable);
            this.optimiser = new AdamW(config, trainable.groups());
            this.best = new BestList(config);
            this.digest = Sha256.hex(config.toJson() + "\n" + fit + "\n" + identity + "\n" + trainable.items());
        }

        LoopResult toTheEnd() {
            LoopState before = store == null ? null : store.latest(digest);
            if (before != null) {
                steps = before.steps();
                lossSum = before.lossSum();
                lossCount = before.lossCount();
                metrics = before.metrics();
                best.restore(before);
                checkpointed = before.best();
                if (store != null) {
                    store.load(before, before.end() == null ? everything() : weights());
                }
            }
            if (before != null && log != null) {
                log.goTo(before.logBytes());
            }
            if (before != null && before.end() != null) {
                return finished(before.end());
            }
            return conclude(train());
        }

        private String train() {
            trainable.training(true);
            try (BatchReader<B> reader = new BatchReader<>(trainable, plan, config, steps)) {
                while (steps < plan.steps()) {
                    if (Thread.currentThread().isInterrupted()) {
                        throw new ScoringException(ErrorReason.CANCELLED, "training was interrupted");
                    }
                    step(reader);
                    if (plan.evaluates(steps - 1) && evaluate()) {
                        return "patience";
                    }
                    if (store != null && config.checkpointEvery() > 0 && steps % config.checkpointEvery() == 0) {
                        store.save(state(null), everything());
                        checkpointed = best.list();
                    }
                }
                return "steps";
            } finally {
                trainable.training(false);
            }
        }

        private void step(BatchReader<B> reader) {
            double loss = 0;
            double norm;
            double learningRate = plan.learningRate(steps);
            int items = plan.items(steps);
            try (PointerScope scope = new PointerScope()) {
                optimiser.zeroGradients();
                int parts = plan.parts(steps);
                for (int part = 0; part < parts; part++) {
                    try (BatchReader.Loaded<B> loaded = reader.next();
                            PointerScope pass = new PointerScope()) {
                        double share = loaded.batch().items().length / (double) items;
                        torch.manual_seed(Seeds.of(loaded.batch().seed(), 1));
                        loss += share * trainable.backward(loaded.data(), loaded.batch(), share);
                    }
                }
                norm = optimiser.clip();
                if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
                    throw new ScoringException(
                            ErrorReason.MODEL_FAILED,
                            "in step " + (steps + 1) + " of " + fit + " the loss is " + loss
                                    + " and the gradient's length " + norm
                                    + ": lower the learning rate, lengthen the warm-up or clip");
                }
                optimiser.step(steps + 1, learningRate);
                optimiser.zeroGradients(); // gradients as large as the network need not outlive the step
            }
            steps++;
            trainable.stepped(steps);
            itemsSeen += items;
            lossSum += loss;
            lossCount++;
            tell(loss, learningRate, norm);
        }

        private void tell(double loss, double learningRate, double norm) {
            double seconds = (System.nanoTime() - started) / NANOS_PER_SECOND;
            int epoch = plan.epoch(steps - 1);
            if (steps % config.logEvery() == 0 || steps == plan.steps()) {
                if (log != null) {
                    log.step(fit, steps, epoch, lossSum / lossCount, learningRate, norm);
                    log.timing(fit, steps, seconds, itemsSeen / seconds);
                }
                lossSum = 0;
                lossCount = 0;
            }
            listener.after(
                    new LoopListener.Progress(fit, steps, plan.steps(), epoch, loss, itemsSeen / seconds, metrics));
        }

        /** @return whether patience is at its end */
        private boolean evaluate() {
            Map<String, Double> measured;
            trainable.training(false);
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                torch.manual_seed(Seeds.of(config.seed(), EVALUATION, steps));
                measured = trainable.evaluate();
            }
            trainable.training(true);
            if (measured.isEmpty()) {
                return false;
            }
            metrics = new LinkedHashMap<>();
            measured.forEach((name, value) -> metrics.put(name, Double.isFinite(value) ? value : null));
            BestList.Outcome outcome = best.offer(steps, metrics);
            if (outcome.kept()) {
                keep();
            }
            if (log != null) {
                log.evaluation(fit, steps, plan.epoch(steps - 1), metrics, outcome.better());
            }
            return best.patienceIsOver();
        }

        private void keep() {
            if (store != null) {
                store.saveBest(state(null), weights());
                store.keepBest(best.list(), checkpointed);
            } else if (best.list().get(0).steps() == steps) {
                weights().forEach((name, weight) -> {
                    Tensor values = weight.detach();
                    Tensor copy = bestWeights.get(name);
                    if (copy == null) {
                        bestWeights.put(name, values.clone());
                    } else {
                        copy.copy_(values);
                    }
                });
            }
        }

        private LoopResult conclude(String end) {
            LoopState.Best chosen = best.first();
            if (chosen != null) {
                if (store != null) {
                    store.loadBest(chosen.steps(), weights());
                } else {
                    try (NoGradGuard guard = new NoGradGuard()) {
                        weights().forEach((name, weight) -> weight.copy_(requireNonNull(bestWeights.get(name))));
                    }
                }
            }
            LoopResult result = finished(end);
            if (log != null) {
                log.end(fit, result);
            }
            if (store != null) {
                store.save(state(end), weights());
            }
            return result;
        }

        private LoopResult finished(String end) {
            LoopState.Best chosen = best.first();
            return chosen == null
                    ? new LoopResult(steps, end, steps, metrics)
                    : new LoopResult(steps, end, chosen.steps(), chosen.metrics());
        }

        private LoopState state(@Nullable String end) {
            return new LoopState(
                    digest,
                    steps,
                    lossSum,
                    lossCount,
                    best.list(),
                    best.top(),
                    best.withoutBetter(),
                    metrics,
                    log == null ? 0 : log.bytes(),
                    end,
                    "");
        }

        private Map<String, Tensor> weights() {
            Map<String, Tensor> all = optimiser.weights();
            trainable.buffers().forEach((name, buffer) -> {
                if (all.put(name, buffer) != null) {
                    throw new IllegalArgumentException(name + " is a parameter and a buffer");
                }
            });
            return all;
        }

        private Map<String, Tensor> everything() {
            Map<String, Tensor> all = weights();
            all.putAll(optimiser.state());
            return all;
        }
    }
}
