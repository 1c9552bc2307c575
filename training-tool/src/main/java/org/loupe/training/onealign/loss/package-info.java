/**
 * What OneAlign's answers cost: the paper's cross-entropy and DeQA-Score's soft levels and ranks. Logits are {@code float32[target, vocabulary]},
 * one row for each token of an answer; tensors belong to the scope that is open.
 */
@NullMarked
package org.loupe.training.onealign.loss;

import org.jspecify.annotations.NullMarked;
