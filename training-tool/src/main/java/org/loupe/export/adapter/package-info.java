/**
 * Taste adapters: a PEFT checkpoint (LoRA pairs and tensors trained in full) and the base it was trained on enter, an adapter package for one
 * model package leaves. What an adapter replaces is laid out by the same code that wrote the package. Weights are streamed, never held.
 * Knows nothing of serving.
 */
@NullMarked
package org.loupe.export.adapter;

import org.jspecify.annotations.NullMarked;
