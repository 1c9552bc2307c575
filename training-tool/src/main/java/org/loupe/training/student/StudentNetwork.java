package org.loupe.training.student;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.loupe.export.small.SmallModel.Block;
import org.loupe.export.small.SmallModel.Convolution;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModel.Stage;
import org.loupe.training.network.Tensors;

/**
 * {@link Network} while it learns: batch normalisation behind every convolution instead of biases. Tensors belong to the scope that was open
 * when it was made. For one thread.
 */
final class StudentNetwork {
    private static final double EPSILON = 1e-5;
    private static final double MOMENTUM = 0.1;
    // Roughly middle and spread of a photograph's pixels.
    private static final double PIXEL_MIDDLE = 127.5;
    private static final double PIXEL_SPREAD = 64;

    private final StudentShape shape;
    private final Map<String, Tensor> kernels = new LinkedHashMap<>();
    private final Map<String, Tensor> norms = new LinkedHashMap<>();
    private final Map<String, Tensor> running = new LinkedHashMap<>();

    /** Draws its first weights from libtorch's generator. */
    StudentNetwork(StudentShape shape) {
        this.shape = shape;
        add("stem", shape.stem(), 3, 4, 1);
        int channels = shape.stem();
        for (int s = 0; s < shape.stages().size(); s++) {
            StudentShape.Stage stage = shape.stages().get(s);
            add("stage" + s, stage.channels(), channels, stage.kernel(), 1);
            channels = stage.channels();
            for (int b = 0; b < stage.blocks().size(); b++) {
                List<StudentShape.Filter> filters = stage.blocks().get(b).filters(channels);
                for (int i = 0; i < filters.size(); i++) {
                    StudentShape.Filter f = filters.get(i);
                    // a block begins as nothing but its input
                    add(name(s, b, i), f.out(), f.in(), f.kernel(), i == filters.size() - 1 ? 0 : 1);
                }
            }
        }
    }

    private void add(String name, int out, int in, int kernel, double gain) {
        double deviation = Math.sqrt(2.0 / (in * kernel * kernel));
        kernels.put(
                name + ".weight",
                torch.randn(out, in, kernel, kernel).mul_(new Scalar(deviation)).requires_grad_(true));
        norms.put(name + ".gain", torch.ones(out).mul_(new Scalar(gain)).requires_grad_(true));
        norms.put(name + ".shift", torch.zeros(out).requires_grad_(true));
        running.put(name + ".mean", torch.zeros(out));
        running.put(name + ".variance", torch.ones(out));
    }

    private static String name(int stage, int block, int filter) {
        return "stage" + stage + ".block" + block + "." + filter;
    }

    /** @return weights of the convolutions by name */
    Map<String, Tensor> kernels() {
        return kernels;
    }

    /** @return gains and shifts of the normalisations by name */
    Map<String, Tensor> norms() {
        return norms;
    }

    /** @return moving means and variances by name */
    Map<String, Tensor> running() {
        return running;
    }

    /**
     * @param pixels {@code float[n, 3, H, W]}, 0..255
     * @param weights all tensors by name: those of this network, or averages of them
     * @return outputs of the pooled stages, {@code [n, C, h, w]}
     */
    List<Tensor> stages(Tensor pixels, Map<String, Tensor> weights, boolean training) {
        Tensor unit = pixels.sub(new Scalar(PIXEL_MIDDLE)).div_(new Scalar(PIXEL_SPREAD));
        Tensor x = convolve(unit, "stem", 4, weights, training).relu_();
        List<Tensor> pooled = new ArrayList<>();
        for (int s = 0; s < shape.stages().size(); s++) {
            StudentShape.Stage stage = shape.stages().get(s);
            x = convolve(x, "stage" + s, 2, weights, training).relu_();
            for (int b = 0; b < stage.blocks().size(); b++) {
                int filters = stage.blocks().get(b).filters(stage.channels()).size();
                Tensor inner = x;
                for (int i = 0; i < filters; i++) {
                    inner = convolve(i == 0 ? inner : inner.relu_(), name(s, b, i), 1, weights, training);
                }
                x = inner.add_(x).relu_();
            }
            if (s >= shape.stages().size() - shape.pooled()) {
                pooled.add(x);
            }
        }
        return pooled;
    }

    static Tensor named(Map<String, Tensor> weights, String name) {
        return Objects.requireNonNull(weights.get(name), name);
    }

    private static Tensor convolve(Tensor x, String name, int stride, Map<String, Tensor> weights, boolean training) {
        Tensor weight = named(weights, name + ".weight");
        long kernel = weight.size(2);
        long border = kernel % 2 == 1 ? kernel / 2 : 0;
        Tensor y = torch.conv2d(
                x,
                weight,
                new TensorOptional(),
                new long[] {stride, stride},
                new long[] {border, border},
                new long[] {1, 1},
                x.size(1) / weight.size(1));
        return torch.batch_norm(
                y,
                new TensorOptional(named(weights, name + ".gain")),
                new TensorOptional(named(weights, name + ".shift")),
                new TensorOptional(named(weights, name + ".mean")),
                new TensorOptional(named(weights, name + ".variance")),
                training,
                MOMENTUM,
                EPSILON,
                false);
    }

    /** @return of every stage the mean of each channel, then its deviation: {@code [n, 2 C + 2 C' ...]} */
    static Tensor pooled(List<Tensor> stages) {
        TensorVector parts = new TensorVector();
        for (Tensor planes : stages) {
            Tensor flat = planes.flatten(2, 3);
            Tensor mean = flat.mean(new long[] {2}, false, new ScalarTypeOptional());
            Tensor square = flat.square().mean(new long[] {2}, false, new ScalarTypeOptional());
            parts.push_back(mean);
            parts.push_back(square.sub(mean.square())
                    .relu()
                    .add(new Scalar(Network.VARIANCE_FLOOR))
                    .sqrt());
        }
        return torch.cat(parts, 1);
    }

    /**
     * @param weights all tensors by name
     * @param projection {@code [Z][P]}
     * @param bias {@code [Z]}
     * @return what was learned, with normalisation folded into the convolutions
     */
    Network learned(Map<String, Tensor> weights, float[][] projection, float[] bias) {
        Convolution stem = folded("stem", weights);
        float[] stemWeights = stem.weights();
        float[] stemBias = stem.bias();
        int perOutput = stemWeights.length / stem.out();
        for (int o = 0; o < stem.out(); o++) {
            double sum = 0;
            for (int i = o * perOutput; i < (o + 1) * perOutput; i++) {
                stemWeights[i] /= (float) PIXEL_SPREAD;
                sum += stemWeights[i];
            }
            stemBias[o] -= (float) (sum * PIXEL_MIDDLE);
        }
        List<Stage> stages = new ArrayList<>();
        for (int s = 0; s < shape.stages().size(); s++) {
            StudentShape.Stage stage = shape.stages().get(s);
            List<Block> blocks = new ArrayList<>();
            for (int b = 0; b < stage.blocks().size(); b++) {
                int filters = stage.blocks().get(b).filters(stage.channels()).size();
                List<Convolution> convolutions = new ArrayList<>();
                for (int i = 0; i < filters; i++) {
                    convolutions.add(folded(name(s, b, i), weights));
                }
                blocks.add(new Block(convolutions));
            }
            stages.add(new Stage(folded("stage" + s, weights), blocks));
        }
        return new Network(stem, stages, shape.pooled(), projection, bias);
    }

    private static Convolution folded(String name, Map<String, Tensor> weights) {
        Tensor kernel = named(weights, name + ".weight");
        float[] values = Tensors.vector(kernel);
        float[] gain = Tensors.vector(named(weights, name + ".gain"));
        float[] shift = Tensors.vector(named(weights, name + ".shift"));
        float[] mean = Tensors.vector(named(weights, name + ".mean"));
        float[] variance = Tensors.vector(named(weights, name + ".variance"));
        int out = gain.length;
        int perOutput = values.length / out;
        float[] bias = new float[out];
        for (int o = 0; o < out; o++) {
            double factor = gain[o] / Math.sqrt(variance[o] + EPSILON);
            for (int i = o * perOutput; i < (o + 1) * perOutput; i++) {
                values[i] = (float) (values[i] * factor);
            }
            bias[o] = (float) (shift[o] - mean[o] * factor);
        }
        return new Convolution(out, (int) kernel.size(1), (int) kernel.size(2), values, bias);
    }
}
