package org.loupe.decode;

/** Reads the headers of a BMP: size and coding, and for uncompressed pixels whether all are there. */
final class BmpHeader {
    private static final int CORE_HEADER_BYTES = 12;
    private static final int UNCOMPRESSED = 0;
    private static final int BIT_FIELDS = 3;
    private static final int JPEG_INSIDE = 4;
    private static final int PNG_INSIDE = 5;

    private BmpHeader() {}

    /** @throws org.loupe.score.ScoringException MEDIA_CORRUPT, MEDIA_TOO_LARGE, or UNSUPPORTED_MEDIA_TYPE for JPEG or PNG inside */
    static StillHeader read(byte[] bytes, long maxPixels) {
        ByteReader reader = ByteReader.littleEndian(bytes);
        if (!reader.hasText(0, "BM")) {
            throw Refusal.corrupt("it does not start like a BMP");
        }
        boolean core = reader.u32(14) == CORE_HEADER_BYTES;
        long width = core ? reader.u16(18) : reader.s32(18);
        long height = core ? reader.u16(20) : Math.abs((long) reader.s32(22)); // negative: rows run from the top
        Refusal.checkPixels(width, height, maxPixels);
        int bitsPerPixel = reader.u16(core ? 24 : 28);
        long coding = core ? UNCOMPRESSED : reader.u32(30);
        if (coding == JPEG_INSIDE || coding == PNG_INSIDE) {
            throw Refusal.unsupported("BMP with JPEG or PNG inside");
        }
        if (coding == UNCOMPRESSED || coding == BIT_FIELDS) {
            long rowBytes = (width * bitsPerPixel + 31) / 32 * 4;
            reader.require(reader.u32(10), Math.multiplyExact(rowBytes, height));
        }
        return StillHeader.plain(width, height, StillHeader.UPRIGHT);
    }
}
