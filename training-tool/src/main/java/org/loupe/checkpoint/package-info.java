/**
 * Trained weights as they come: a directory in the Hugging Face layout, opened, checked and read piece by piece. What enters: files nobody
 * vouches for. What leaves: a checked configuration and named tensors as {@code float32}. Every length and offset is checked before it is
 * believed; nothing larger than the piece asked for is ever held. Knows nothing of graphs.
 */
@NullMarked
package org.loupe.checkpoint;

import org.jspecify.annotations.NullMarked;
