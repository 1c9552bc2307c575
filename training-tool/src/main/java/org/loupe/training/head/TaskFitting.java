package org.loupe.training.head;

import java.util.List;

/** Fits one task, and predicts its pictures by what never saw them. */
public interface TaskFitting {
    /**
     * @param name of the fit, in log and check points
     * @param held measured on after every epoch, for the curve; may be empty
     * @param seed everything random follows from it
     * @param afterEpoch called after every epoch of every head; once after a fit that has no epochs
     */
    Fitted fit(String name, List<Example> examples, List<Example> held, long seed, Runnable afterEpoch);

    /**
     * Predicts every example by a fit that never saw its fold.
     *
     * @param name of the task, in log and check points
     * @param foldOf fold of each example, from 0
     * @return one for each example, in their order
     */
    List<Held> crossValidate(String name, List<Example> examples, int[] foldOf, long seed, Runnable afterEpoch);

    /**
     * What is said of a picture that was never seen.
     *
     * @param scores of each of its sizes, full size first, 1..5; of a clip only its own
     * @param probabilities of the levels at full size, best first
     */
    record Held(double[] scores, double[] probabilities) {}
}
