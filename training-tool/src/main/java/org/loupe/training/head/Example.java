package org.loupe.training.head;

import java.util.List;
import org.loupe.training.data.Rated;

/**
 * A rated picture and its raw features.
 *
 * @param rows of a still: full size first, then its reductions; of a clip: its frames; not changed
 * @param clip whether it is one
 * @param weight how often it is seen for each time an example of weight 1 is
 */
public record Example(Rated rated, List<float[]> rows, boolean clip, double weight) {}
