/**
 * A folder that is watched, its scores in XMP sidecars. What enters: paths below one root. What leaves: {@code .xmp} files beside the
 * media, and a private state directory elsewhere. Originals are opened for reading only. Paths are absolute and real (links resolved)
 * once they are inside this package; sizes are bytes, times are {@link java.time.Instant} or {@link java.nio.file.attribute.FileTime}.
 * Knows nothing of pixels, models or batching: it asks the pipeline and writes down what it is told.
 */
@NullMarked
package org.loupe.adapter.folder;

import org.jspecify.annotations.NullMarked;
