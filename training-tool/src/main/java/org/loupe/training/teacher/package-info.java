/**
 * A pretrained network that shows a small one what is in a picture, at training time only. Enters: the unpacked npm package
 * {@code nsfwjs} 4.4.0 (MIT licence), whose MobileNetV2 was fine-tuned from ImageNet; leaves: an ONNX graph of its inner layers in a
 * temporary directory. None of its weights ever goes into a package that Loupe writes. Knows nothing of labels.
 */
@NullMarked
package org.loupe.training.teacher;

import org.jspecify.annotations.NullMarked;
