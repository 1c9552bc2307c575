package org.loupe.training.loop;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Something that learns: its parameters, its data and its loss. {@link TrainingLoop} drives it from one thread; only {@link #read} is called
 * from others. For a run to be resumed to the same bytes, everything here must follow from the arguments and from parameters and buffers:
 * no counter, generator or average of its own that is not among the {@link #buffers}.
 *
 * <p>libtorch's generator is set anew before every pass, so dropout may use it. What changes it on another thread breaks the promise.
 *
 * @param <B> what a batch looks like once it is read; closed by the loop after use if it is {@link AutoCloseable}
 */
public interface Trainable<B> {
    /** @return everything that learns, the same tensors in the same order at every call */
    List<ParameterGroup> groups();

    /**
     * @return further tensors that belong to the state and go into check points, such as batch-norm statistics or moving averages:
     *     float32, float16 or bfloat16, named apart from all parameters, changed in place only
     */
    default Map<String, Tensor> buffers() {
        return Map.of();
    }

    /** @return how many items one epoch looks at */
    int items();

    /**
     * @param seed differs from epoch to epoch, follows from the run's seed
     * @return {@link #items()} positions in the order in which this epoch looks at them; several sets mixed with weights may repeat some
     */
    default int[] order(int epoch, long seed) {
        return shuffled(items(), seed);
    }

    /**
     * Reads what a batch needs: pictures, crops, targets. Called on reader threads, several at a time, ahead of the training
     * ({@link LoopConfig#readAhead()}); must be a pure function of the batch.
     */
    B read(Batch batch);

    /**
     * Called inside a scope that frees what it leaves behind, and in training mode.
     *
     * @return the loss, a scalar that stands for the mean over the batch's items
     */
    Tensor loss(B data, Batch batch);

    /**
     * One pass forward and backward that adds {@code share} times the gradient to the parameters' gradients. A network that recomputes
     * activations by hand overrides it; {@link #loss} is then its own business.
     *
     * @param share of this part in its step; the shares of all parts add up to 1
     * @return the loss, not multiplied by {@code share}
     */
    default double backward(B data, Batch batch, double share) {
        Tensor loss = loss(data, batch);
        double value = loss.item_double();
        (share == 1 ? loss : loss.mul(new Scalar(share))).backward();
        return value;
    }

    /** Switches dropout, batch norm and the like. */
    default void training(boolean on) {}

    /**
     * @return whether matrix products are so small (a hundred rows, some hundred columns) that further threads of OpenBLAS would only spin: on
     *     two cores a head then takes three times as long
     */
    default boolean smallProducts() {
        return false;
    }

    /**
     * Called after the parameters changed, for moving averages.
     *
     * @param steps done so far, this one included
     */
    default void stepped(long steps) {}

    /**
     * Measures on pictures that are not learned from; called without gradients and not in training mode.
     *
     * @return figures by name, such as {@code srcc}, {@code plcc}, {@code loss}; the same names at every call; empty where there is nothing
     *     to measure on
     */
    default Map<String, Double> evaluate() {
        return Map.of();
    }

    /** @return 0..n-1 shuffled */
    static int[] shuffled(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
