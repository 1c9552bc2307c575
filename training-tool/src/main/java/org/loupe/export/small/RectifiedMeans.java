package org.loupe.export.small;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Means over all places of {@code ReLU(a * planes + b)}, and sums of them: one convolution, one pooling, one small product, however many there are.
 */
final class RectifiedMeans {
    /** The runtime keeps so many channels, or a multiple, in its blocked layout. */
    private static final int BLOCK = 16;

    private final int planes;
    private final int known;
    private final List<float[]> kernels = new ArrayList<>();
    private final List<Float> biases = new ArrayList<>();
    private final List<Map<Integer, Float>> outputs = new ArrayList<>();
    private final List<Float> constants = new ArrayList<>();

    /**
     * @param planes how many there are to look at
     * @param known how many other values sums may be made of; {@link #weigh} knows them by 0, 1 and so on
     */
    RectifiedMeans(int planes, int known) {
        this.planes = planes;
        this.known = known;
    }

    /**
     * @param weights of some planes
     * @return what {@link #weigh} knows this mean by
     */
    int add(float bias, Map<Integer, Float> weights) {
        float[] kernel = new float[planes];
        weights.forEach((plane, weight) -> kernel[plane] = weight);
        kernels.add(kernel);
        biases.add(bias);
        return known + kernels.size() - 1;
    }

    /** @return a new sum, of only that constant so far */
    int output(float constant) {
        outputs.add(new HashMap<>());
        constants.add(constant);
        return outputs.size() - 1;
    }

    /** Adds a mean or another value to a sum. */
    void weigh(int output, int mean, float weight) {
        outputs.get(output).merge(mean, weight, Float::sum);
    }

    /**
     * @param stack {@code [F, planes, h, w]}
     * @param others {@code [F, known]}
     * @return {@code [F, outputs]}
     */
    String of(Ops ops, String stack, String others) {
        int count = (kernels.size() + BLOCK - 1) / BLOCK * BLOCK;
        float[] weights = new float[count * planes];
        float[] bias = new float[count];
        for (int i = 0; i < kernels.size(); i++) {
            System.arraycopy(kernels.get(i), 0, weights, i * planes, planes);
            bias[i] = biases.get(i);
        }
        String kernel = ops.floats(new long[] {count, planes, 1, 1}, weights);
        String rectified = ops.relu(ops.conv(List.of(stack, kernel, ops.vector(bias)), 1, 0, 0, 1));
        String means = ops.reshape(ops.node("GlobalAveragePool", rectified), 0, count);
        float[][] sums = new float[known + count][outputs.size()];
        float[] constant = new float[outputs.size()];
        for (int o = 0; o < outputs.size(); o++) {
            constant[o] = constants.get(o);
            for (Map.Entry<Integer, Float> term : outputs.get(o).entrySet()) {
                sums[term.getKey()][o] = term.getValue();
            }
        }
        return ops.add(ops.matMul(ops.concat(1, others, means), ops.matrix(sums)), ops.vector(constant));
    }
}
