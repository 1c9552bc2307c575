package org.loupe.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ShortBuffer;

/** {@code float32} to and from the 16-bit formats. */
final class FloatBits {
    private static final int EXPONENT = 0x7f80_0000;
    private static final int EXPONENT_ONE = 0x0080_0000;

    private FloatBits() {}

    /** Appends elements in the given type, in the buffer's byte order. */
    static void put(ElementType type, float[] source, int at, int count, ByteBuffer target) {
        switch (type) {
            case F32 -> {
                target.asFloatBuffer().put(source, at, count);
                target.position(target.position() + count * Float.BYTES);
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    target.putShort(toBfloat16(source[at + i]));
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    target.putShort(toHalf(source[at + i]));
                }
            }
            default -> throw new IllegalArgumentException(type + " cannot be written");
        }
    }

    /** Rounds to nearest, ties to even. */
    static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Rounds to nearest, ties to even; {@code Float.floatToFloat16} came with Java 20. */
    static short toHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & 0x7fff_ffff;
        if (magnitude >= 0x4780_0000) { // 65536 and above, infinities, what is no number
            return (short) (sign | (magnitude > 0x7f80_0000 ? 0x7e00 : 0x7c00));
        }
        if (magnitude < 0x3880_0000) { // below 2^-14: a multiple of 2^-24, which adding 0.5 rounds to
            int ulps = Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) + 0.5f) - 0x3f00_0000;
            return (short) (sign | ulps);
        }
        int rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
        return (short) (sign | ((rounded - 0x3800_0000) >>> 13));
    }

    /**
     * Takes elements of the given type, in the buffer's byte order.
     *
     * @return whether all of them are finite
     */
    static boolean get(ElementType type, ByteBuffer source, float[] target, int at, int count) {
        // Adding one to the exponent of what is not finite, and of that only, reaches the sign: no branch in the loops.
        int sign = 0;
        switch (type) {
            case F32 -> {
                source.asFloatBuffer().get(target, at, count);
                for (int i = at; i < at + count; i++) {
                    sign |= (Float.floatToRawIntBits(target[i]) & EXPONENT) + EXPONENT_ONE;
                }
            }
            case BF16 -> {
                ShortBuffer shorts = source.asShortBuffer();
                for (int i = 0; i < count; i++) {
                    int bits = shorts.get(i) << 16;
                    sign |= (bits & EXPONENT) + EXPONENT_ONE;
                    target[at + i] = Float.intBitsToFloat(bits);
                }
            }
            case F16 -> {
                ShortBuffer shorts = source.asShortBuffer();
                for (int i = 0; i < count; i++) {
                    float value = halfToFloat(shorts.get(i));
                    sign |= (Float.floatToRawIntBits(value) & EXPONENT) + EXPONENT_ONE;
                    target[at + i] = value;
                }
            }
            default -> throw new IllegalArgumentException(type + " cannot be read");
        }
        source.position(source.position() + count * type.bytes());
        return sign >= 0;
    }

    /** IEEE 754 binary16; {@code Float.float16ToFloat} came with Java 20. */
    static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f80_0000 | fraction << 13);
        }
        if (exponent == 0) {
            float small = fraction * 0x1p-24f;
            return sign == 0 ? small : -small;
        }
        return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
    }
}
