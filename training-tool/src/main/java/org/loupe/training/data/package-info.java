/**
 * What the trainer learns from: rated photographs, their split and folds, and clean photographs made worse on purpose. Label files become
 * ratings on the 1..5 scale; everything drawn by chance comes from a seed that the caller gives. Knows nothing of networks.
 */
@NullMarked
package org.loupe.training.data;

import org.jspecify.annotations.NullMarked;
