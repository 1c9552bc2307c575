package org.loupe.training.onealign;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** In what numbers a network computes. Norms and softmax are computed in 32 bits either way. */
public enum NumberType {
    /** 32-bit floating point: exact, the reference for all others. */
    FP32(ScalarType.Float),
    /** 16 bits with the range of 32: what the released weights are stored in. */
    BF16(ScalarType.BFloat16);

    private final ScalarType scalarType;

    NumberType(ScalarType scalarType) {
        this.scalarType = scalarType;
    }

    /** @return the name in tables and on the command line */
    @JsonValue
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return libtorch's name of it */
    public ScalarType scalarType() {
        return scalarType;
    }
}
