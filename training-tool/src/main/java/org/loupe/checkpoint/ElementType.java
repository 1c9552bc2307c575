package org.loupe.checkpoint;

import java.util.Optional;

/** Element types a checkpoint may store; the names are those of the safetensors format. */
public enum ElementType {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U8(1),
    BOOL(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** @return bytes of one element */
    public int bytes() {
        return bytes;
    }

    /** @return whether the elements can be read as {@code float32} without losing digits */
    public boolean readableAsFloat() {
        return this == F32 || this == F16 || this == BF16;
    }

    static Optional<ElementType> byName(String name) {
        for (ElementType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
