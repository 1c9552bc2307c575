package org.loupe.export.small;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.loupe.export.small.SmallModel.Block;
import org.loupe.export.small.SmallModel.Convolution;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModel.Stage;

/** The convolutional part as nodes, see {@link Network} for what it computes. */
final class NetworkGraph {
    private NetworkGraph() {}

    /**
     * @param rows pixels as they come, colour after colour: {@code float[F, 1, H, 3 W]}, 0..255, H and W at least
     *     {@link Statistics#MIN_SIDE}
     * @return {@code float[F, Z]}
     */
    static String outputs(Ops ops, Network network, String rows) {
        ops.scope("network/stem");
        String planes = ops.relu(stem(ops, network.stem(), rows));
        int channels = network.stem().out();
        List<String> means = new ArrayList<>();
        List<String> squares = new ArrayList<>();
        List<Integer> widths = new ArrayList<>();
        for (int s = 0; s < network.stages().size(); s++) {
            Stage stage = network.stages().get(s);
            ops.scope("network/stage." + s);
            planes = ops.relu(convolve(ops, "down", planes, channels, stage.down(), 2));
            channels = stage.channels();
            for (int b = 0; b < stage.blocks().size(); b++) {
                ops.scope("network/stage." + s + "/block." + b);
                planes = block(ops, planes, channels, stage.blocks().get(b));
            }
            if (s >= network.stages().size() - network.pooled()) {
                ops.scope("network/pool." + s);
                // Mean and mean square, not mean and mean squared difference: only these the runtime computes without
                // laying the planes out anew.
                means.add(ops.node("GlobalAveragePool", planes));
                squares.add(ops.node("GlobalAveragePool", ops.square(planes)));
                widths.add(channels);
            }
        }
        ops.scope("network/projection");
        long[] dims = {network.projection()[0].length, network.outputs()};
        String matrix = ops.named("weights", dims, Matrices.transposed(network.projection()));
        String bias = ops.named("bias", new long[] {network.outputs()}, network.bias());
        return ops.add(ops.matMul(pooled(ops, means, squares, widths), matrix), bias);
    }

    /** The same numbers as a convolution over three planes gives, without laying the pixels out as planes first. */
    private static String stem(Ops ops, Convolution stem, String rows) {
        int side = Network.STEM_KERNEL;
        float[] weights = new float[stem.weights().length];
        for (int i = 0; i < weights.length; i++) {
            weights[asItComes(i)] = stem.weights()[i];
        }
        String matrix = ops.named("conv/weights", new long[] {stem.out(), 1, side, side * 3L}, weights);
        String bias = ops.named("conv/bias", new long[] {stem.out()}, stem.bias());
        return ops.patches(rows, matrix, bias, side, side * 3L);
    }

    /** @return the stem whose tensors are given as they lie in the graph */
    static Convolution stem(float[] asItComes, float[] bias) {
        float[] weights = new float[asItComes.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = asItComes[asItComes(i)];
        }
        return new Convolution(bias.length, 3, Network.STEM_KERNEL, weights, bias);
    }

    /** @return where a weight of output, colour, row, column lies in the order output, row, column, colour */
    private static int asItComes(int i) {
        int positions = Network.STEM_KERNEL * Network.STEM_KERNEL;
        return (i / (3 * positions) * positions + i % positions) * 3 + i / positions % 3;
    }

    private static String block(Ops ops, String planes, int channels, Block block) {
        String inner = planes;
        int now = channels;
        for (int i = 0; i < block.convolutions().size(); i++) {
            Convolution convolution = block.convolutions().get(i);
            inner = convolve(ops, "conv." + i, i == 0 ? inner : ops.relu(inner), now, convolution, 1);
            now = convolution.out();
        }
        return ops.relu(ops.add(inner, planes));
    }

    /** @return mean and deviation of every channel, stage by stage */
    private static String pooled(Ops ops, List<String> means, List<String> squares, List<Integer> widths) {
        int total = widths.stream().mapToInt(Integer::intValue).sum();
        List<String> all = new ArrayList<>(means);
        all.addAll(squares);
        List<String> both = ops.split(ops.reshape(ops.concat(1, all), 0, 2L * total), 1, 2);
        String mean = both.get(0);
        String variance = ops.relu(ops.sub(both.get(1), ops.square(mean)));
        String deviation = ops.sqrt(ops.add(variance, Network.VARIANCE_FLOOR));
        LongStream.Builder order = LongStream.builder();
        int before = 0;
        for (int width : widths) {
            LongStream.range(before, before + width).forEach(order);
            LongStream.range(total + before, total + before + width).forEach(order);
            before += width;
        }
        return ops.gather(
                ops.concat(1, mean, deviation), ops.longs(order.build().toArray()), 1);
    }

    private static String convolve(
            Ops ops, String name, String planes, int channels, Convolution convolution, int stride) {
        int kernel = convolution.kernel();
        String weights = ops.named(
                name + "/weights",
                new long[] {convolution.out(), convolution.in(), kernel, kernel},
                convolution.weights());
        String bias = ops.named(name + "/bias", new long[] {convolution.out()}, convolution.bias());
        int border = kernel % 2 == 1 ? kernel / 2 : 0;
        return ops.conv(List.of(planes, weights, bias), stride, border, border, channels / convolution.in());
    }
}
