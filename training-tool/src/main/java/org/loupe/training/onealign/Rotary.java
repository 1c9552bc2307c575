package org.loupe.training.onealign;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.loupe.checkpoint.OneAlignConfig;

/**
 * Turns pairs of features by an angle that grows with the position: feature {@code j} of the lower half and feature {@code j} of the upper
 * half by {@code position * theta^(-2j / width)}.
 *
 * @param cos {@code [token, width / 2]}
 * @param sin likewise
 */
record Rotary(Tensor cos, Tensor sin) {
    /**
     * @param near a tensor on the device that shall hold the angles
     * @return angles of the positions 0 to {@code tokens - 1}, computed in double precision
     */
    static Rotary of(OneAlignConfig.Language config, long tokens, ScalarType type, Tensor near) {
        int half = config.headWidth() / 2;
        float[] cos = new float[Math.toIntExact(tokens * half)];
        float[] sin = new float[cos.length];
        for (int i = 0; i < cos.length; i++) {
            double frequency = StrictMath.pow(config.ropeTheta(), -2.0 * (i % half) / config.headWidth());
            int position = i / half;
            double angle = position * frequency;
            cos[i] = (float) StrictMath.cos(angle);
            sin[i] = (float) StrictMath.sin(angle);
        }
        return new Rotary(
                Devices.near(Tensor.create(cos, tokens, half), near).to(type),
                Devices.near(Tensor.create(sin, tokens, half), near).to(type));
    }

    /** @param x {@code [batch, head, token, width]} */
    Tensor turn(Tensor x) {
        long half = x.size(3) / 2;
        Tensor low = x.narrow(3, 0, half);
        Tensor high = x.narrow(3, half, half);
        return torch.cat(
                new TensorVector(low.mul(cos).sub(high.mul(sin)), high.mul(cos).add(low.mul(sin))), 3);
    }
}
