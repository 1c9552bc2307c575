/**
 * The one contract between export and serving: a directory or zip with manifest, graph and weights, immutable once written. In go paths
 * and references, out come verified packages. A package opened from a zip or from our own jar owns the temporary directory it was
 * unpacked to; closing the package removes it. Knows nothing of ONNX Runtime.
 */
@NullMarked
package org.loupe.modelpackage;

import org.jspecify.annotations.NullMarked;
