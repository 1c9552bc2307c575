package org.loupe.training.onealign;

import org.bytedeco.pytorch.Tensor;

/**
 * How the tokens of a prompt lie: text, image rows, text.
 *
 * @param before tokens of text before the image
 * @param image image rows, all frames together
 * @param after tokens of text after it
 */
record Sequence(long before, long image, long after) {
    long tokens() {
        return before + image + after;
    }

    Tensor textBefore(Tensor x) {
        return x.narrow(1, 0, before);
    }

    Tensor image(Tensor x) {
        return x.narrow(1, before, image);
    }

    Tensor textAfter(Tensor x) {
        return x.narrow(1, before + image, after);
    }
}
