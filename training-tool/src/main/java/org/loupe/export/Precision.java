package org.loupe.export;

import java.util.Locale;

/** In what numbers a package keeps its weights. */
public enum Precision {
    /** 32-bit floating point: exact, the reference for all others. */
    FP32,
    FP16,
    INT8,
    INT4;

    /** @return the name on the command line and in the manifest */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return whether this version can write it */
    public boolean available() {
        return this == FP32;
    }
}
