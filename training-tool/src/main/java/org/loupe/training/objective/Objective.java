package org.loupe.training.objective;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What is minimised, and what the outputs of the network mean. Tensors may lie on any device, in float32; what is made in between belongs to
 * the caller's {@link org.bytedeco.javacpp.PointerScope}. Immutable, safe for many threads.
 */
public interface Objective {
    /** @return how many numbers the network gives for an item */
    int outputs();

    /**
     * @param outputs {@code [n, outputs()]}
     * @param targets of the same items in the same order
     * @param seed what is drawn follows from it; a step's own, see {@link org.loupe.training.loop.Batch#seed()}
     * @return a scalar, mean over the items
     */
    Tensor loss(Tensor outputs, Targets targets, long seed);

    /** @return {@code [n]} scores in 1..5, through which gradients flow */
    Tensor scores(Tensor outputs);

    /** @return the level names of the exported model, best first; two for a model that answers with one number */
    List<String> levelNames();

    /** @return what each of these levels is worth, 5..1: a score is their mean under the softmax of the exported logits */
    double[] levelWeights();

    /**
     * The logits of the exported levels. Of a single output z they are z and 0: the score is 1 + 4 sigmoid(z), whose levels of weight 5 and 1
     * have logits ln(score - 1) and ln(5 - score) up to a common constant.
     *
     * @param outputs the numbers of one item
     * @return one for each level
     */
    default double[] levelLogits(double[] outputs) {
        return outputs;
    }

    /**
     * Ratings of a batch.
     *
     * @param mos 1..5
     * @param std deviation of the single opinions on the same scale, NaN where unknown
     */
    record Targets(double[] mos, double[] std) {
        public Targets {
            if (mos.length != std.length || mos.length == 0) {
                throw new IllegalArgumentException(mos.length + " ratings with " + std.length + " deviations");
            }
        }
    }
}
