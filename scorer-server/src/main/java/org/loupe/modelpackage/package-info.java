/** The one contract between export and serving: a directory or zip with manifest, graph and weights, immutable once written. */
@NullMarked
package org.loupe.modelpackage;

import org.jspecify.annotations.NullMarked;
