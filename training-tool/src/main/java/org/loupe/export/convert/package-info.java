/**
 * A finished model package in, the same network in fewer bits out: matrices of products are packed, and nodes in the graph unpack them again, so
 * that everything else of the graph and the code that serves it stay as they are. Knows nothing of what the network computes.
 */
@NullMarked
package org.loupe.export.convert;

import org.jspecify.annotations.NullMarked;
