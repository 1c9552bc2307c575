package org.loupe.training.head;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import org.loupe.evaluation.Agreement;
import org.loupe.training.data.WeightedOrder;
import org.loupe.training.loop.Batch;
import org.loupe.training.loop.ParameterGroup;
import org.loupe.training.loop.Trainable;
import org.loupe.training.network.HeadNetwork;
import org.loupe.training.network.Tensors;
import org.loupe.training.objective.Objective;
import org.loupe.training.objective.Objectives;

/**
 * One head on fixed features. Besides the objective it learns, as far as the recipe weighs it, correlation with the ratings over the batch, the
 * order of damaged copies, and to say the same of two sizes of one picture.
 */
final class HeadTrainable implements Trainable<HeadTrainable.Drawn> {
    private final HeadRecipe recipe;
    private final Objective objective;
    private final HeadData data;
    private final HeadNetwork network;
    private final int width;
    private final int pairs;
    private final boolean consistent;
    private final @Nullable WeightedOrder weighted;
    private boolean training;

    /**
     * @param x rows one after the other: items, as many other sizes of them where sizes must agree, better and worse halves of the pairs
     * @param targets of the items
     */
    record Drawn(float[] x, Objective.Targets targets) {}

    /**
     * @param network stays the caller's
     * @param seed of the order in which items that count differently are seen
     */
    HeadTrainable(HeadRecipe recipe, Objective objective, HeadData data, HeadNetwork network, long seed) {
        this.recipe = recipe;
        this.objective = objective;
        this.data = data;
        this.network = network;
        this.width = data.rows()[0].length;
        this.pairs = data.chains().length > 0 && recipe.rankingWeight() > 0 ? recipe.rankingPairs() : 0;
        this.consistent = recipe.consistencyWeight() > 0;
        this.weighted =
                Arrays.stream(data.weights()).distinct().count() > 1 ? new WeightedOrder(data.weights(), seed) : null;
    }

    @Override
    public List<ParameterGroup> groups() {
        return List.of(ParameterGroup.of("head", network.named()));
    }

    @Override
    public int items() {
        return weighted == null ? data.items().length : weighted.epochDraws();
    }

    @Override
    public int[] order(int epoch, long seed) {
        return weighted == null ? Trainable.shuffled(data.items().length, seed) : weighted.epoch(epoch);
    }

    @Override
    public Drawn read(Batch batch) {
        SplittableRandom random = batch.random();
        int n = batch.items().length;
        int total = total(n);
        float[] x = new float[total * width];
        double[] mos = new double[n];
        double[] std = new double[n];
        for (int i = 0; i < n; i++) {
            int item = batch.items()[i];
            int[] rows = data.items()[item];
            boolean clip = data.clips()[item];
            int seen = clip ? rows[random.nextInt(rows.length)] : pick(rows, random);
            copy(seen, x, i);
            if (consistent) { // sizes of one picture should agree; seconds of a clip may differ
                copy(clip ? seen : rows[random.nextInt(rows.length)], x, n + i);
            }
            mos[i] = data.mos()[item];
            std[i] = data.std()[item];
        }
        int firstPair = total - 2 * pairs;
        for (int p = 0; p < pairs; p++) {
            int[] chain = data.chains()[random.nextInt(data.chains().length)];
            int better = random.nextInt(chain.length - 1);
            int worse = better + 1 + random.nextInt(chain.length - 1 - better);
            copy(chain[better], x, firstPair + p);
            copy(chain[worse], x, firstPair + pairs + p);
        }
        return new Drawn(x, new Objective.Targets(mos, std));
    }

    @Override
    public Tensor loss(Drawn drawn, Batch batch) {
        int n = drawn.targets().mos().length;
        int total = total(n);
        // one forward pass over everything this step looks at
        Tensor outputs = network.outputs(Tensor.create(drawn.x(), total, width), training);
        Tensor scores = objective.scores(outputs);
        Tensor loss = objective.loss(outputs.narrow(0, 0, n), drawn.targets(), batch.seed());
        Tensor rated = scores.narrow(0, 0, n);
        if (recipe.correlationWeight() > 0 && n > 1) {
            Tensor apart = Objectives.correlationLoss(
                    rated, Tensor.create(Tensors.floats(drawn.targets().mos())));
            loss = loss.add(apart, new Scalar(recipe.correlationWeight()));
        }
        if (consistent) {
            Tensor apart = scores.narrow(0, n, n).sub(rated).square().mean();
            loss = loss.add(apart, new Scalar(recipe.consistencyWeight()));
        }
        if (pairs > 0) {
            int firstPair = total - 2 * pairs;
            Tensor ranking = Objectives.rankingLoss(
                    scores.narrow(0, firstPair, pairs), scores.narrow(0, firstPair + pairs, pairs));
            loss = loss.add(ranking, new Scalar(recipe.rankingWeight()));
        }
        return loss;
    }

    @Override
    public boolean smallProducts() {
        return true;
    }

    @Override
    public void training(boolean on) {
        training = on;
    }

    @Override
    public Map<String, Double> evaluate() {
        double[] mos = data.measured().mos();
        if (mos.length == 0) {
            return Map.of();
        }
        List<float[]> rows =
                data.measured().rows().stream().flatMap(List::stream).toList();
        float[] x = new float[rows.size() * width];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i), 0, x, i * width, width);
        }
        float[] scores = new float[rows.size()];
        objective
                .scores(network.outputs(Tensor.create(x, rows.size(), width), false))
                .contiguous()
                .data_ptr_float()
                .get(scores);
        double[] said = new double[mos.length];
        int row = 0;
        for (int i = 0; i < said.length; i++) {
            int frames = data.measured().rows().get(i).size();
            for (int f = 0; f < frames; f++) {
                said[i] += scores[row++] / frames;
            }
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("srcc", Agreement.srcc(said, mos));
        figures.put("plcc", Agreement.plcc(said, mos));
        figures.put("rmse", Agreement.rmse(said, mos));
        return figures;
    }

    private int total(int n) {
        return n + (consistent ? n : 0) + 2 * pairs;
    }

    private int pick(int[] rows, SplittableRandom random) {
        boolean full = rows.length == 1 || random.nextDouble() < recipe.fullSizeShare();
        return full ? rows[0] : rows[1 + random.nextInt(rows.length - 1)];
    }

    private void copy(int row, float[] to, int at) {
        System.arraycopy(data.rows()[row], 0, to, at * width, width);
    }
}
