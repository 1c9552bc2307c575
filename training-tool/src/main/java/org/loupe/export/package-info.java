/**
 * Networks to ONNX graphs and model packages. What enters: checkpoints and plain Java values. What leaves: {@code model.onnx} with its
 * weights in {@code model.onnx.data}, nodes named by path after the checkpoint's names. Weights are streamed, never held: the heap stays
 * flat at any model size. Knows nothing of serving.
 */
@NullMarked
package org.loupe.export;

import org.jspecify.annotations.NullMarked;
