package org.loupe.training.loop;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.loupe.evaluation.Agreement;

/**
 * A line through noisy points, with everything that a resumed run could get wrong: dropout, random batches, a moving average among the
 * buffers, optionally weights in half precision. Make it inside a scope.
 */
final class ToyTrainable implements Trainable<ToyTrainable.Points> {
    private static final int WIDTH = 6;
    private static final double KEPT_AVERAGE = 0.9;

    private final float[][] x;
    private final float[] y;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor average;
    private final ScalarType type;
    private boolean training;
    int reads;

    /** @param x {@code [n][WIDTH]} */
    record Points(float[] x, float[] y) {}

    ToyTrainable(int points, long seed, ScalarType type) {
        SplittableRandom random = new SplittableRandom(seed);
        this.type = type;
        x = new float[points][WIDTH];
        y = new float[points];
        for (int i = 0; i < points; i++) {
            for (int j = 0; j < WIDTH; j++) {
                x[i][j] = (float) random.nextDouble(-1, 1);
                y[i] += (j - 2) * x[i][j];
            }
            y[i] += (float) (3 + 0.1 * random.nextDouble(-1, 1));
        }
        weight = torch.zeros(WIDTH, 1).to(type).requires_grad_(true);
        bias = torch.zeros(1).to(type).requires_grad_(true);
        average = torch.zeros(WIDTH, 1);
    }

    @Override
    public List<ParameterGroup> groups() {
        Map<String, Tensor> free = new LinkedHashMap<>();
        free.put("bias", bias);
        return List.of(
                ParameterGroup.of("weights", Map.of("weight", weight)), new ParameterGroup("biases", free, 2, 0));
    }

    @Override
    public Map<String, Tensor> buffers() {
        return Map.of("average", average);
    }

    @Override
    public int items() {
        return x.length;
    }

    @Override
    public synchronized Points read(Batch batch) {
        reads++;
        SplittableRandom random = batch.random();
        float[] flat = new float[batch.items().length * WIDTH];
        float[] values = new float[batch.items().length];
        for (int i = 0; i < values.length; i++) {
            for (int j = 0; j < WIDTH; j++) {
                flat[i * WIDTH + j] = x[batch.items()[i]][j] + (float) random.nextDouble(-0.01, 0.01);
            }
            values[i] = y[batch.items()[i]];
        }
        return new Points(flat, values);
    }

    @Override
    public Tensor loss(Points data, Batch batch) {
        Tensor in = Tensor.create(data.x(), data.y().length, WIDTH);
        Tensor kept = torch.dropout(in, 0.1, training).to(type);
        Tensor out = kept.matmul(weight).add(bias).reshape(-1).to(ScalarType.Float);
        return out.sub(Tensor.create(data.y())).square().mean();
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
    public void stepped(long steps) {
        try (NoGradGuard guard = new NoGradGuard()) {
            Tensor now = weight.detach().to(ScalarType.Float);
            average.mul_(new Scalar(KEPT_AVERAGE)).add_(now, new Scalar(1 - KEPT_AVERAGE));
        }
    }

    @Override
    public Map<String, Double> evaluate() {
        double[] said = new double[y.length];
        double[] rated = new double[y.length];
        float[] w = weights();
        for (int i = 0; i < y.length; i++) {
            for (int j = 0; j < WIDTH; j++) {
                said[i] += w[j] * x[i][j];
            }
            said[i] += w[WIDTH];
            rated[i] = y[i];
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("srcc", Agreement.srcc(said, rated));
        figures.put("rmse", Agreement.rmse(said, rated));
        return figures;
    }

    /** @return weights, then the bias */
    float[] weights() {
        float[] all = new float[WIDTH + 1];
        weight.detach().to(ScalarType.Float).contiguous().data_ptr_float().get(all, 0, WIDTH);
        all[WIDTH] = bias.detach().to(ScalarType.Float).item_float();
        return all;
    }

    float[] averages() {
        float[] all = new float[WIDTH];
        average.data_ptr_float().get(all);
        return all;
    }
}
