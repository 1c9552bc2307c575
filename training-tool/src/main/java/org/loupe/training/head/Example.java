package org.loupe.training.head;

import java.util.List;
import org.loupe.training.data.Rated;

/**
 * A rated picture and its raw features.
 *
 * @param rows full size first, then its reductions; not changed
 */
public record Example(Rated rated, List<float[]> rows) {}
