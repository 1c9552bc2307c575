package org.loupe.training.head;

import java.util.List;
import org.loupe.training.data.Distortion;

/**
 * A photograph and ever more damaged copies of it.
 *
 * @param type of the damage
 * @param fullSize whether they are as large as the photograph was served
 * @param rows raw features, from the best picture to the worst, at least two
 */
public record Chain(Distortion type, boolean fullSize, List<float[]> rows) {
    public Chain {
        rows = List.copyOf(rows);
    }
}
