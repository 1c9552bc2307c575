/** A decoded frame to the pixels a model wants: padding and Pillow's bicubic, bit exact, or a bounded reduction for native-size models. */
@NullMarked
package org.loupe.preprocess;

import org.jspecify.annotations.NullMarked;
