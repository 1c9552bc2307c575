package org.loupe.training.plan;

import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.training.onealign.NumberType;
import org.loupe.training.onealign.Tuning;

/**
 * What is kept between forward and backward pass, in bytes: for every product its operands as far as a gradient needs them, for every softmax
 * its result, for every gate both sides.
 */
final class Activations {
    private static final int FP32 = 4;

    private final OneAlignConfig config;
    private final OneAlignPlan.Setup setup;
    private final long element;
    /** A softmax result in 32 bits, and once more in the network's own type where that is another. */
    private final long softmaxElement;

    Activations(OneAlignConfig config, OneAlignPlan.Setup setup) {
        this.config = config;
        this.setup = setup;
        boolean half = setup.type() == NumberType.BF16;
        this.element = half ? 2 : FP32;
        this.softmaxElement = half ? FP32 + 2 : FP32;
    }

    /** @param recompute whether only what enters a stage is kept, and the inside of one of them */
    long bytes(boolean recompute) {
        long vision = learns(Tuning.Part.VISION) ? config.vision().layers() : 0;
        boolean behindVision = vision > 0 || learns(Tuning.Part.ABSTRACTOR);
        long abstractor = behindVision ? config.abstractor().layers() : 0;
        long decoder = config.language().layers();
        if (!recompute) {
            return vision * visionLayer() + abstractor * abstractorLayer() + decoder * decoderLayer() + casts();
        }
        long inputs = element
                * (vision
                                * frames()
                                * config.vision().tokens()
                                * config.vision().width()
                        + abstractor
                                * frames()
                                * config.abstractor().queries()
                                * config.vision().width()
                        + decoder * tokens() * config.language().width());
        long inside = Math.max(
                decoderLayer(), Math.max(vision > 0 ? visionLayer() : 0, abstractor > 0 ? abstractorLayer() : 0));
        return inputs + inside;
    }

    /** What one layer needs beside what is kept: gradients of its widest tensors, likenesses before and after scaling. */
    long workingBytes() {
        OneAlignConfig.Vision v = config.vision();
        long visionMatrix = frames() * v.heads() * v.tokens() * v.tokens() * FP32;
        long decoderMatrix = (long) setup.rows() * config.language().heads() * length() * length() * FP32;
        long wide = Math.max(
                frames() * v.tokens() * v.inner(), tokens() * config.language().inner());
        return 3 * Math.max(visionMatrix, decoderMatrix) + 3 * wide * element;
    }

    private long visionLayer() {
        OneAlignConfig.Vision v = config.vision();
        long n = frames() * v.tokens();
        // two norms' inputs, their results and two products' inputs, q, k, v and the context; a gate's two sides and
        // its result
        return element * n * (9L * v.width() + 3L * v.inner())
                + frames() * v.heads() * v.tokens() * v.tokens() * softmaxElement;
    }

    private long abstractorLayer() {
        OneAlignConfig.Abstractor a = config.abstractor();
        long width = config.vision().width();
        long queries = frames() * a.queries();
        long keys = frames() * (a.queries() + config.vision().tokens());
        // what keys and values are made of, with and without positions, both themselves, and the features' norm
        return element * (5 * keys * width + queries * (8 * width + 6L * a.inner()))
                + queries * a.heads() * (a.queries() + config.vision().tokens()) * softmaxElement;
    }

    private long decoderLayer() {
        OneAlignConfig.Language l = config.language();
        long whole = learns(Tuning.Part.DECODER) ? 1 : 0;
        long adapted = setup.tuning().lowRank() == null ? 0 : 2;
        long norms = element == FP32 ? 4 : 8; // in 16 bits a norm keeps 32-bit copies beside its own
        long perToken = l.width() * (norms + 3 + 3 * whole + adapted) + l.inner() * (3L + whole);
        return element * tokens() * perToken + (long) setup.rows() * l.heads() * length() * length() * softmaxElement;
    }

    /** In 16 bits what learns is cast for its products, and kept so until the backward pass; recomputed stages cast again. */
    private long casts() {
        if (setup.type() == NumberType.FP32) {
            return 0;
        }
        return OneAlignPlan.trainedElements(config, setup) * element;
    }

    private boolean learns(Tuning.Part part) {
        return setup.tuning().whole().contains(part);
    }

    private long frames() {
        return (long) setup.rows() * setup.framesPerRow();
    }

    private long length() {
        return OneAlignPlan.textTokens()
                + (long) setup.framesPerRow() * config.abstractor().rows();
    }

    private long tokens() {
        return setup.rows() * length();
    }
}
