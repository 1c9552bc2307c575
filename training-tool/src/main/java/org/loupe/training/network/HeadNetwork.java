package org.loupe.training.network;

import static org.bytedeco.pytorch.global.torch.dropout;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.loupe.export.small.SmallModel;

/** One head of the small model while it learns: linear, ReLU, linear. Owns its module; close it. For one thread. */
public final class HeadNetwork implements AutoCloseable {
    private final Module module = new Module("level-head");
    private final LinearImpl hidden;
    private final LinearImpl levels;
    private final double dropoutIn;
    private final double dropoutHidden;

    /**
     * @param features inputs
     * @param hiddenUnits width of the hidden layer
     * @param outputs levels, or 1
     * @param dropoutIn share of inputs dropped while training, 0..1
     * @param dropoutHidden share of hidden units dropped while training, 0..1
     */
    public HeadNetwork(int features, int hiddenUnits, int outputs, double dropoutIn, double dropoutHidden) {
        this.hidden = module.register_module("hidden", new LinearImpl(features, hiddenUnits));
        this.levels = module.register_module("levels", new LinearImpl(hiddenUnits, outputs));
        this.dropoutIn = dropoutIn;
        this.dropoutHidden = dropoutHidden;
    }

    /** @return the learned tensors by name; they belong to the open scope */
    public Map<String, Tensor> named() {
        Map<String, Tensor> named = new LinkedHashMap<>();
        named.put("hidden.weight", hidden.weight());
        named.put("hidden.bias", hidden.bias());
        named.put("levels.weight", levels.weight());
        named.put("levels.bias", levels.bias());
        return named;
    }

    /**
     * @param features {@code [n, features]}, standardised
     * @param training whether inputs and units are dropped
     * @return {@code [n, outputs]}
     */
    public Tensor outputs(Tensor features, boolean training) {
        Tensor kept = dropout(features, dropoutIn, training);
        return levels.forward(dropout(hidden.forward(kept).relu(), dropoutHidden, training));
    }

    /**
     * @param columns which of the model's inputs the features are
     * @return a copy of what was learned; of a single output the two levels it stands for, the worse one always 0
     */
    public SmallModel.Head learned(int[] columns) {
        float[][] weights = Tensors.matrix(levels.weight());
        float[] bias = Tensors.vector(levels.bias());
        if (bias.length == 1) {
            weights = new float[][] {weights[0], new float[weights[0].length]};
            bias = Arrays.copyOf(bias, 2);
        }
        return new SmallModel.Head(
                columns, Tensors.matrix(hidden.weight()), Tensors.vector(hidden.bias()), weights, bias);
    }

    @Override
    public void close() {
        module.close();
    }
}
