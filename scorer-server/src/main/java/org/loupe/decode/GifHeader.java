package org.loupe.decode;

/** Walks a GIF to the end of its first frame: canvas, frame rectangle, and whether that frame is whole. Later frames are not read. */
final class GifHeader {
    private static final int IMAGE = 0x2c;
    private static final int EXTENSION = 0x21;

    private GifHeader() {}

    /** @throws org.loupe.score.ScoringException MEDIA_CORRUPT or MEDIA_TOO_LARGE */
    static StillHeader read(byte[] bytes, long maxPixels) {
        ByteReader reader = ByteReader.littleEndian(bytes);
        if (!reader.hasText(0, "GIF8")) {
            throw Refusal.corrupt("it does not start like a GIF");
        }
        int width = reader.u16(6);
        int height = reader.u16(8);
        Refusal.checkPixels(width, height, maxPixels);
        long at = 13 + colourTableBytes(reader.u8(10));
        while (true) {
            int block = reader.u8(at);
            if (block == EXTENSION) {
                at = endOfSubBlocks(reader, at + 2);
            } else if (block == IMAGE) {
                int frameWidth = reader.u16(at + 5);
                int frameHeight = reader.u16(at + 7);
                Refusal.checkPixels(frameWidth, frameHeight, maxPixels);
                if (reader.u16(at + 1) + frameWidth > width || reader.u16(at + 3) + frameHeight > height) {
                    throw Refusal.corrupt("its first frame reaches beyond its canvas");
                }
                endOfSubBlocks(reader, at + 11 + colourTableBytes(reader.u8(at + 9)));
                return StillHeader.plain(width, height, StillHeader.UPRIGHT);
            } else {
                throw Refusal.corrupt("it holds no frame");
            }
        }
    }

    private static long colourTableBytes(int flags) {
        return (flags & 0x80) == 0 ? 0 : 3L << ((flags & 7) + 1);
    }

    private static long endOfSubBlocks(ByteReader reader, long from) {
        long at = from;
        int length;
        do {
            length = reader.u8(at);
            at += 1 + length;
        } while (length != 0);
        return at;
    }
}
