/**
 * Compares a model package, as it runs on this machine's devices, with what the reference implementation answered: a golden file and its
 * pictures enter, the largest deviation of logits, probabilities and scores leaves. Or with what the same network answers in fp32, on pictures
 * that need no reference. MOS is 1 to 5. Knows nothing of how the package was made.
 */
@NullMarked
package org.loupe.golden;

import org.jspecify.annotations.NullMarked;
