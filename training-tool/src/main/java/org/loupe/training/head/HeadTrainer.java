package org.loupe.training.head;

import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.training.data.WeightedOrder;
import org.loupe.training.network.HeadNetwork;
import org.loupe.training.objective.Objectives;

/** Fits level heads. Sets libtorch's seed and threads for the whole process. */
public final class HeadTrainer {
    private final HeadRecipe recipe;

    public HeadTrainer(HeadRecipe recipe) {
        this.recipe = recipe;
        set_num_threads(
                1); // the matrices are so small that a second thread would only wait, and burn its core doing so
    }

    /**
     * @param seed of the first head; the others count on from it
     * @param afterEpoch called after every epoch of every head
     * @return {@code recipe.heads()} heads
     */
    public List<Head> fit(HeadData data, long seed, Runnable afterEpoch) {
        List<Head> heads = new ArrayList<>();
        for (int i = 0; i < recipe.heads(); i++) {
            heads.add(fitOne(data, seed + i, afterEpoch));
        }
        return heads;
    }

    private Head fitOne(HeadData data, long seed, Runnable afterEpoch) {
        manual_seed(seed);
        SplittableRandom random = new SplittableRandom(seed);
        int width = data.rows()[0].length;
        try (PointerScope run = new PointerScope();
                HeadNetwork network =
                        new HeadNetwork(width, recipe.hidden(), recipe.dropoutIn(), recipe.dropoutHidden())) {
            AdamWOptions options = new AdamWOptions(recipe.learningRate());
            options.weight_decay().put(recipe.weightDecay());
            AdamW optimiser = new AdamW(network.parameters(), options);
            WeightedOrder weighted = Arrays.stream(data.weights()).distinct().count() > 1
                    ? new WeightedOrder(data.weights(), seed)
                    : null;
            int draws = weighted == null ? data.items().length : weighted.epochDraws();
            int stepsPerEpoch = Math.max(1, Math.round(draws / (float) recipe.batch()));
            int steps = stepsPerEpoch * recipe.epochs();
            int step = 0;
            for (int epoch = 0; epoch < recipe.epochs(); epoch++) {
                int[] order = weighted == null ? shuffled(draws, random) : weighted.epoch(epoch);
                for (int s = 0; s < stepsPerEpoch; s++, step++) {
                    double cosine = 0.5 * (1 + Math.cos(Math.PI * step / steps));
                    optimiser.param_groups().get(0).options().set_lr(recipe.learningRate() * cosine);
                    int from = (int) ((long) order.length * s / stepsPerEpoch);
                    int to = (int) ((long) order.length * (s + 1) / stepsPerEpoch);
                    try (PointerScope scope = new PointerScope()) {
                        Tensor loss = loss(network, data, Arrays.copyOfRange(order, from, to), random);
                        optimiser.zero_grad();
                        loss.backward();
                        optimiser.step();
                    }
                }
                afterEpoch.run();
            }
            return network.learned(data.columns());
        }
    }

    private Tensor loss(HeadNetwork network, HeadData data, int[] items, SplittableRandom random) {
        int n = items.length;
        int pairs = data.chains().length > 0 && recipe.rankingWeight() > 0 ? recipe.rankingPairs() : 0;
        boolean consistent = recipe.consistencyWeight() > 0;
        int width = data.rows()[0].length;
        // one forward pass over everything this step looks at: items, their other sizes, better and worse halves of the
        // pairs
        int total = n + (consistent ? n : 0) + 2 * pairs;
        float[] x = new float[total * width];
        float[] targets = new float[n * 5];
        float[] mos = new float[n];
        for (int i = 0; i < n; i++) {
            int[] rows = data.items()[items[i]];
            boolean clip = data.clips()[items[i]];
            int seen = clip ? rows[random.nextInt(rows.length)] : pick(rows, random);
            copy(data, seen, x, i);
            if (consistent) { // sizes of one picture should agree; seconds of a clip may differ
                copy(data, clip ? seen : rows[random.nextInt(rows.length)], x, n + i);
            }
            double rating = data.mos()[items[i]];
            mos[i] = (float) rating;
            float[] target =
                    switch (recipe.levels()) {
                        case SOFT -> Objectives.softTarget(rating);
                        case DISCRETE -> Objectives.discreteTarget(rating);
                    };
            System.arraycopy(target, 0, targets, i * 5, 5);
        }
        int firstPair = total - 2 * pairs;
        for (int p = 0; p < pairs; p++) {
            int[] chain = data.chains()[random.nextInt(data.chains().length)];
            int better = random.nextInt(chain.length - 1);
            int worse = better + 1 + random.nextInt(chain.length - 1 - better);
            copy(data, chain[better], x, firstPair + p);
            copy(data, chain[worse], x, firstPair + pairs + p);
        }
        Tensor logits = network.trainingLogits(Tensor.create(x, total, width));
        Tensor scores = Objectives.expectedScore(logits);
        Tensor rated = scores.narrow(0, 0, n);
        Tensor loss = Objectives.crossEntropy(logits.narrow(0, 0, n), Tensor.create(targets, n, 5));
        if (recipe.correlationWeight() > 0 && n > 1) {
            Tensor apart = Objectives.correlationLoss(rated, Tensor.create(mos));
            loss = loss.add(apart, new Scalar(recipe.correlationWeight()));
        }
        if (consistent) {
            Tensor apart = scores.narrow(0, n, n).sub(rated).square().mean();
            loss = loss.add(apart, new Scalar(recipe.consistencyWeight()));
        }
        if (pairs > 0) {
            Tensor ranking = Objectives.rankingLoss(
                    scores.narrow(0, firstPair, pairs), scores.narrow(0, firstPair + pairs, pairs));
            loss = loss.add(ranking, new Scalar(recipe.rankingWeight()));
        }
        return loss;
    }

    private int pick(int[] rows, SplittableRandom random) {
        boolean full = rows.length == 1 || random.nextDouble() < recipe.fullSizeShare();
        return full ? rows[0] : rows[1 + random.nextInt(rows.length - 1)];
    }

    private static void copy(HeadData data, int row, float[] to, int at) {
        float[] values = data.rows()[row];
        System.arraycopy(values, 0, to, at * values.length, values.length);
    }

    static int[] shuffled(int n, SplittableRandom random) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
