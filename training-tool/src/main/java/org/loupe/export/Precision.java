package org.loupe.export;

import java.util.Locale;

/** In what numbers a package keeps the matrices of its products. Everything small or sensitive stays in floating point. */
public enum Precision {
    /** 32-bit floating point: exact, the reference for all others. */
    FP32,
    /** 16-bit floating point throughout; norms and softmax are computed in 32 bits by the kernels. For GPUs. */
    FP16,
    /** 8-bit weights, a scale an output column, and 8-bit activations, a scale a row: the fast one on a CPU. */
    INT8,
    /** 4-bit weights, a scale every 32 inputs: the small one. */
    INT4;

    /** @return the name on the command line and in the manifest */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * @param id the name on the command line and in the manifest
     * @throws IllegalArgumentException if there is none of that name
     */
    static Precision byId(String id) {
        return valueOf(id.toUpperCase(Locale.ROOT));
    }

    /** @return whether weights are rounded to steps, so that balancing them against activations pays */
    boolean quantised() {
        return this == INT8 || this == INT4;
    }

    /** @return in what the vision tower's matrices are kept: few, and early errors grow */
    Precision vision() {
        return this == INT4 ? INT8 : this;
    }

    /**
     * @return in what the abstractor's matrices are kept. It is a hundredth of the weights, through which everything the language model sees
     *     must pass, and adapters bring it as they trained it.
     */
    Precision abstractor() {
        return quantised() ? FP32 : this;
    }

    /** @return the type of values between products */
    DataType activations() {
        return this == FP16 ? DataType.FLOAT16 : DataType.FLOAT;
    }
}
