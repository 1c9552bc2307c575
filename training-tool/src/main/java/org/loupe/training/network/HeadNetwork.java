package org.loupe.training.network;

import static org.bytedeco.pytorch.global.torch.dropout;

import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
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
     * @param dropoutIn share of inputs dropped while training, 0..1
     * @param dropoutHidden share of hidden units dropped while training, 0..1
     */
    public HeadNetwork(int features, int hiddenUnits, double dropoutIn, double dropoutHidden) {
        this.hidden = module.register_module("hidden", new LinearImpl(features, hiddenUnits));
        this.levels = module.register_module("levels", new LinearImpl(hiddenUnits, 5));
        this.dropoutIn = dropoutIn;
        this.dropoutHidden = dropoutHidden;
    }

    /** @return the learned tensors, for the optimiser */
    public TensorVector parameters() {
        return module.parameters();
    }

    /**
     * @param features {@code [n, features]}, standardised
     * @return {@code [n, 5]} logits with dropout, for training
     */
    public Tensor trainingLogits(Tensor features) {
        Tensor kept = dropout(features, dropoutIn, true);
        return levels.forward(dropout(hidden.forward(kept).relu(), dropoutHidden, true));
    }

    /**
     * @param columns which of the model's inputs the features are
     * @return a copy of what was learned
     */
    public SmallModel.Head learned(int[] columns) {
        return new SmallModel.Head(
                columns,
                Tensors.matrix(hidden.weight()),
                Tensors.vector(hidden.bias()),
                Tensors.matrix(levels.weight()),
                Tensors.vector(levels.bias()));
    }

    @Override
    public void close() {
        module.close();
    }
}
