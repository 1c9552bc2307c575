package org.loupe.decode;

import java.nio.charset.StandardCharsets;

/** Numbers out of a byte array at absolute offsets. Never reads outside: what would is a damaged header, MEDIA_CORRUPT. */
final class ByteReader {
    private final byte[] bytes;
    private final boolean littleEndian;

    private ByteReader(byte[] bytes, boolean littleEndian) {
        this.bytes = bytes;
        this.littleEndian = littleEndian;
    }

    static ByteReader littleEndian(byte[] bytes) {
        return new ByteReader(bytes, true);
    }

    static ByteReader bigEndian(byte[] bytes) {
        return new ByteReader(bytes, false);
    }

    long size() {
        return bytes.length;
    }

    int u8(long offset) {
        require(offset, 1);
        return bytes[(int) offset] & 0xff;
    }

    int u16(long offset) {
        return (int) number(offset, 2);
    }

    int u24(long offset) {
        return (int) number(offset, 3);
    }

    long u32(long offset) {
        return number(offset, 4);
    }

    int s32(long offset) {
        return (int) number(offset, 4);
    }

    /** A 64-bit offset or count; one with the top bit set is beyond any file and refused. */
    long u63(long offset) {
        long value = number(offset, 8);
        if (value < 0) {
            throw Refusal.corrupt("an offset in its header is beyond any file");
        }
        return value;
    }

    /** Whether ASCII text lies at the offset; false where it would pass the end. */
    boolean hasText(long offset, String text) {
        if (offset < 0 || offset > bytes.length - text.length()) {
            return false;
        }
        return text.equals(new String(bytes, (int) offset, text.length(), StandardCharsets.ISO_8859_1));
    }

    /** @throws org.loupe.score.ScoringException MEDIA_CORRUPT unless all bytes of the range exist */
    void require(long offset, long length) {
        if (offset < 0 || length < 0 || offset > bytes.length || length > bytes.length - offset) {
            throw Refusal.corrupt("it ends early");
        }
    }

    private long number(long offset, int count) {
        require(offset, count);
        long value = 0;
        for (int i = 0; i < count; i++) {
            int at = (int) offset + (littleEndian ? count - 1 - i : i);
            value = (value << 8) | (bytes[at] & 0xff);
        }
        return value;
    }
}
