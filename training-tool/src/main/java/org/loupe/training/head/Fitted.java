package org.loupe.training.head;

import java.util.List;
import org.loupe.export.small.SmallModel.Scaling;

/** What was fitted for one task, in double precision: for validation without an export, and to check the export against. */
public interface Fitted {
    /** @return what raw features are scaled by before they are looked at */
    Scaling scaling();

    /**
     * @param raw one feature vector as it was read
     * @return the score, 1..5
     */
    double score(float[] raw);

    /** @return of a still one score for each of its sizes, full size first; of a clip one */
    double[] scores(Example example);

    /** @return level probabilities of a still at full size or of a clip, best first */
    double[] probabilities(Example example);

    /** @return names of the levels, best first */
    List<String> levelNames();

    /** @return what the levels are worth, 1..5 */
    double[] levelWeights();
}
