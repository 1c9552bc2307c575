/**
 * Everything {@code loupe-small} computes from pixels, as nodes of one ONNX graph: photographic statistics, a small residual network, the
 * heads and the embedding. Enters: a {@link org.loupe.export.small.SmallModel} with what was learned. Leaves: {@code model.onnx} with the
 * signature every Loupe model has. The statistics exist here and nowhere else; training reads them by running the graph that
 * {@link org.loupe.export.small.FeatureGraph} writes. Pixels are 0..255 throughout; knows nothing of files, labels or training.
 */
@NullMarked
package org.loupe.export.small;

import org.jspecify.annotations.NullMarked;
