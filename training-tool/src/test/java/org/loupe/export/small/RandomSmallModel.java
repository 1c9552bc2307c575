package org.loupe.export.small;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.loupe.decode.Frame;
import org.loupe.export.small.SmallModel.Block;
import org.loupe.export.small.SmallModel.Convolution;
import org.loupe.export.small.SmallModel.Curves;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.export.small.SmallModel.Stage;
import org.loupe.score.Task;

/** Models of the right shape that learned nothing, and pictures of nothing; the same seed gives the same. */
final class RandomSmallModel {
    private final Random random;

    RandomSmallModel(long seed) {
        random = new Random(seed);
    }

    SmallModel model(Optional<Network> network) {
        int inputs = FeatureGraph.names().size() + network.map(Network::outputs).orElse(0);
        float[] low = new float[inputs];
        float[] high = new float[inputs];
        float[] mean = new float[inputs];
        float[] sd = new float[inputs];
        for (int i = 0; i < inputs; i++) {
            low[i] = -3 - random.nextFloat();
            high[i] = 3 + random.nextFloat();
            mean[i] = (float) random.nextGaussian();
            sd[i] = 0.5f + random.nextFloat();
        }
        int statistics = FeatureGraph.names().size();
        return new SmallModel(
                FeatureGraph.names(),
                new Scaling(low, high, Optional.of(curves(FeatureGraph.names().size())), mean, sd),
                network,
                Map.of(
                        Task.QUALITY, List.of(head(inputs, 1, 48), head(inputs, 2, 40), head(inputs, 1, 48)),
                        Task.AESTHETICS, List.of(head(statistics, 3, 24), head(statistics, 1, 24))));
    }

    private Curves curves(int count) {
        int pieces = 4;
        float[][] start = new float[count][pieces];
        float[][] slope = new float[count][pieces];
        float[][] rise = new float[count][pieces];
        for (int i = 0; i < count; i++) {
            float at = -1 - random.nextFloat();
            for (int s = 0; s < pieces; s++) {
                float width = 0.1f + random.nextFloat();
                start[i][s] = at;
                slope[i][s] = 1 / width;
                rise[i][s] = random.nextFloat();
                at += width;
            }
        }
        return new Curves(start, slope, rise, gaussian(count, 1));
    }

    private Head head(int inputs, int step, int hidden) {
        int[] columns = IntStream.range(0, inputs).filter(i -> i % step == 0).toArray();
        return new Head(
                columns,
                matrix(hidden, columns.length),
                gaussian(hidden, 0.1),
                matrix(SmallModel.LEVELS, hidden),
                gaussian(SmallModel.LEVELS, 0.1));
    }

    /** A small one with both ways to halve, filters of single channels, a grouped and a full convolution. */
    Network network() {
        List<Stage> stages = List.of(
                new Stage(convolution(8, 6, 3), List.of()),
                new Stage(
                        convolution(12, 8, 2),
                        List.of(
                                new Block(List.of(convolution(12, 1, 3), convolution(12, 12, 1))),
                                new Block(List.of(convolution(12, 4, 5))))),
                new Stage(convolution(16, 12, 2), List.of(new Block(List.of(convolution(16, 16, 3))))));
        Convolution stem = convolution(6, 3, 4);
        for (int i = 0; i < stem.weights().length; i++) {
            stem.weights()[i] /= 100; // it sees 0..255
        }
        return new Network(stem, stages, 2, matrix(7, 2 * (12 + 16)), gaussian(7, 0.1));
    }

    private Convolution convolution(int out, int in, int kernel) {
        double scale = 1 / Math.sqrt(in * kernel * kernel);
        return new Convolution(out, in, kernel, gaussian(out * in * kernel * kernel, scale), gaussian(out, 0.1));
    }

    private float[][] matrix(int rows, int columns) {
        float[][] matrix = new float[rows][];
        for (int r = 0; r < rows; r++) {
            matrix[r] = gaussian(columns, 1 / Math.sqrt(columns));
        }
        return matrix;
    }

    private float[] gaussian(int count, double scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return values;
    }

    /** Smooth colours, a few edges and some grain: enough structure to keep every statistic busy. */
    Frame picture(int width, int height) {
        double[] phases = random.doubles(9, 0, 6).toArray();
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                boolean inside = (x / 29 + y / 37) % 3 == 0;
                for (int c = 0; c < 3; c++) {
                    double smooth = Math.sin(x / 31.0 + phases[c]) + Math.cos(y / (17.0 + c) + phases[3 + c]);
                    double edge = inside ? 40 * Math.sin(phases[6 + c]) : 0;
                    double value = 120 + 45 * smooth + edge + 6 * random.nextGaussian();
                    rgb[(y * width + x) * 3 + c] = (byte) Math.max(0, Math.min(255, Math.round(value)));
                }
            }
        }
        return new Frame(width, height, rgb);
    }
}
