package org.loupe.export.small;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.loupe.decode.Frame;
import org.loupe.export.small.SmallModel.Block;
import org.loupe.export.small.SmallModel.Convolution;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.export.small.SmallModel.Stage;

/** Network and heads once more, in doubles and loops. */
final class PlainSmallModel {
    private PlainSmallModel() {}

    /** @return what the network gives for a picture of at least 64 pixels a side */
    static double[] outputs(Network network, Frame frame) {
        double[][][] planes = new double[3][frame.height()][frame.width()];
        for (int k = 0; k < 3; k++) {
            for (int r = 0; r < frame.height(); r++) {
                for (int c = 0; c < frame.width(); c++) {
                    planes[k][r][c] = PlainStatistics.value(frame, r, c, k);
                }
            }
        }
        planes = rectify(convolve(planes, network.stem(), 4));
        List<Double> pooled = new ArrayList<>();
        for (int s = 0; s < network.stages().size(); s++) {
            Stage stage = network.stages().get(s);
            planes = rectify(convolve(planes, stage.down(), 2));
            for (Block block : stage.blocks()) {
                double[][][] inner = planes;
                for (int i = 0; i < block.convolutions().size(); i++) {
                    inner = convolve(
                            i == 0 ? inner : rectify(inner),
                            block.convolutions().get(i),
                            1);
                }
                planes = rectify(add(inner, planes));
            }
            if (s >= network.stages().size() - network.pooled()) {
                pool(planes, pooled);
            }
        }
        double[] outputs = new double[network.outputs()];
        for (int z = 0; z < outputs.length; z++) {
            outputs[z] = network.bias()[z];
            for (int i = 0; i < pooled.size(); i++) {
                outputs[z] += network.projection()[z][i] * pooled.get(i);
            }
        }
        return outputs;
    }

    /** Means of all channels, then their deviations. */
    private static void pool(double[][][] planes, List<Double> pooled) {
        List<Double> deviations = new ArrayList<>();
        for (double[][] plane : planes) {
            double[] values =
                    Arrays.stream(plane).flatMapToDouble(Arrays::stream).toArray();
            double mean = Arrays.stream(values).average().orElseThrow();
            double variance = Arrays.stream(values)
                    .map(v -> (v - mean) * (v - mean))
                    .average()
                    .orElseThrow();
            pooled.add(mean);
            deviations.add(Math.sqrt(variance + 1e-4));
        }
        pooled.addAll(deviations);
    }

    /** @return level probabilities of one ensemble for one vector of inputs */
    static double[] probabilities(Scaling scaling, List<Head> members, double[] inputs) {
        double[] sum = new double[SmallModel.LEVELS];
        for (Head head : members) {
            double[] logits = new double[SmallModel.LEVELS];
            for (int l = 0; l < logits.length; l++) {
                logits[l] = head.outputBias()[l];
            }
            for (int h = 0; h < head.hidden().length; h++) {
                double unit = head.hiddenBias()[h];
                for (int c = 0; c < head.columns().length; c++) {
                    int i = head.columns()[c];
                    unit += head.hidden()[h][c] * scaled(scaling, i, inputs[i]);
                }
                for (int l = 0; l < logits.length; l++) {
                    logits[l] += head.output()[l][h] * Math.max(0, unit);
                }
            }
            double total = Arrays.stream(logits).map(Math::exp).sum();
            for (int l = 0; l < logits.length; l++) {
                sum[l] += Math.exp(logits[l]) / total / members.size();
            }
        }
        return sum;
    }

    /** The curve walked along piece by piece. */
    private static double scaled(Scaling scaling, int input, double value) {
        double x = Math.min(Math.max(value, scaling.low()[input]), scaling.high()[input]);
        if (scaling.curves().isPresent() && input < scaling.curves().get().base().length) {
            SmallModel.Curves curves = scaling.curves().get();
            float[] start = curves.start()[input];
            int piece = 0;
            double y = curves.base()[input];
            while (piece + 1 < start.length && x > start[piece + 1]) {
                y += curves.rise()[input][piece++];
            }
            x = y + curves.rise()[input][piece] * curves.slope()[input][piece] * (x - start[piece]);
        }
        return (x - scaling.mean()[input]) / scaling.sd()[input];
    }

    private static double[][][] convolve(double[][][] in, Convolution convolution, int stride) {
        int kernel = convolution.kernel();
        int pad = kernel % 2 == 1 ? kernel / 2 : 0;
        int outOfAGroup = convolution.out() * convolution.in() / in.length;
        int height = (in[0].length + 2 * pad - kernel) / stride + 1;
        int width = (in[0][0].length + 2 * pad - kernel) / stride + 1;
        double[][][] out = new double[convolution.out()][height][width];
        for (int o = 0; o < convolution.out(); o++) {
            for (int r = 0; r < height; r++) {
                for (int c = 0; c < width; c++) {
                    double sum = convolution.bias()[o];
                    for (int i = 0; i < convolution.in(); i++) {
                        for (int a = 0; a < kernel; a++) {
                            for (int b = 0; b < kernel; b++) {
                                int row = r * stride + a - pad;
                                int column = c * stride + b - pad;
                                if (row >= 0 && row < in[0].length && column >= 0 && column < in[0][0].length) {
                                    int weight = ((o * convolution.in() + i) * kernel + a) * kernel + b;
                                    sum += convolution.weights()[weight]
                                            * in[o / outOfAGroup * convolution.in() + i][row][column];
                                }
                            }
                        }
                    }
                    out[o][r][c] = sum;
                }
            }
        }
        return out;
    }

    private static double[][][] rectify(double[][][] planes) {
        return map(planes, planes, (a, b) -> Math.max(0, a));
    }

    private static double[][][] add(double[][][] one, double[][][] other) {
        return map(one, other, Double::sum);
    }

    private static double[][][] map(
            double[][][] one, double[][][] other, java.util.function.DoubleBinaryOperator operator) {
        double[][][] out = new double[one.length][one[0].length][one[0][0].length];
        for (int k = 0; k < one.length; k++) {
            for (int r = 0; r < one[0].length; r++) {
                for (int c = 0; c < one[0][0].length; c++) {
                    out[k][r][c] = operator.applyAsDouble(one[k][r][c], other[k][r][c]);
                }
            }
        }
        return out;
    }
}
