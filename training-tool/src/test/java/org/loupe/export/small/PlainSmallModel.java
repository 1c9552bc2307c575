package org.loupe.export.small;

import java.util.Arrays;
import java.util.List;
import org.loupe.decode.Frame;
import org.loupe.export.small.SmallModel.Block;
import org.loupe.export.small.SmallModel.Convolution;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModel.Scaling;

/** Network and heads once more, in doubles and loops. */
final class PlainSmallModel {
    private PlainSmallModel() {}

    /** @return pooled features of a picture of at least 64 pixels a side */
    static double[] pooled(Network network, Frame frame) {
        double[][] y = PlainStatistics.luminance(frame);
        double[][][] planes = new double[4][][];
        for (int k = 0; k < 3; k++) {
            planes[k] = new double[frame.height()][frame.width()];
            for (int r = 0; r < frame.height(); r++) {
                for (int c = 0; c < frame.width(); c++) {
                    planes[k][r][c] = (PlainStatistics.value(frame, r, c, k) - 127.5) / 64;
                }
            }
        }
        planes[3] = PlainStatistics.normalise(y)[0];
        for (Convolution stem : network.stem()) {
            planes = rectify(convolve(planes, stem, 2));
        }
        for (Block block : network.blocks()) {
            int stride = block.shortcut().isPresent() ? 2 : 1;
            double[][][] inner = convolve(rectify(convolve(planes, block.first(), stride)), block.second(), 1);
            double[][][] past = block.shortcut().isPresent()
                    ? convolve(pool(planes), block.shortcut().get(), 1)
                    : planes;
            planes = rectify(add(inner, past));
        }
        int channels = planes.length;
        double[] pooled = new double[2 * channels];
        for (int k = 0; k < channels; k++) {
            double mean = Arrays.stream(planes[k])
                    .flatMapToDouble(Arrays::stream)
                    .average()
                    .orElseThrow();
            pooled[k] = mean;
            double variance = Arrays.stream(planes[k])
                    .flatMapToDouble(Arrays::stream)
                    .map(v -> (v - mean) * (v - mean))
                    .average()
                    .orElseThrow();
            pooled[channels + k] = Math.sqrt(variance + 1e-4);
        }
        return pooled;
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
                    double clipped = Math.min(Math.max(inputs[i], scaling.low()[i]), scaling.high()[i]);
                    unit += head.hidden()[h][c] * (clipped - scaling.mean()[i]) / scaling.sd()[i];
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

    private static double[][][] convolve(double[][][] in, Convolution convolution, int stride) {
        int kernel = convolution.kernel();
        int pad = kernel / 2;
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
                                    sum += convolution.weights()[weight] * in[i][row][column];
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

    private static double[][][] pool(double[][][] in) {
        int height = (in[0].length + 1) / 2;
        int width = (in[0][0].length + 1) / 2;
        double[][][] out = new double[in.length][height][width];
        for (int k = 0; k < in.length; k++) {
            for (int r = 0; r < height; r++) {
                for (int c = 0; c < width; c++) {
                    int count = 0;
                    for (int a = 2 * r; a < Math.min(2 * r + 2, in[0].length); a++) {
                        for (int b = 2 * c; b < Math.min(2 * c + 2, in[0][0].length); b++) {
                            out[k][r][c] += in[k][a][b];
                            count++;
                        }
                    }
                    out[k][r][c] /= count;
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
