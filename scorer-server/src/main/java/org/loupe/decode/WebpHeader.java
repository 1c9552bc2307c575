package org.loupe.decode;

import java.util.Arrays;

/** Reads the RIFF chunks of a WebP: canvas size and orientation, and whether the file is whole. */
final class WebpHeader {
    private static final int FLAG_EXIF = 0x08;

    private WebpHeader() {}

    /** @throws org.loupe.score.ScoringException MEDIA_CORRUPT or MEDIA_TOO_LARGE */
    static StillHeader read(byte[] bytes, long maxPixels) {
        ByteReader reader = ByteReader.littleEndian(bytes);
        if (!reader.hasText(0, "RIFF") || !reader.hasText(8, "WEBP")) {
            throw Refusal.corrupt("it does not start like a WebP");
        }
        reader.require(8, reader.u32(4));
        if (reader.hasText(12, "VP8X")) {
            long width = reader.u24(24) + 1L;
            long height = reader.u24(27) + 1L;
            Refusal.checkPixels(width, height, maxPixels);
            boolean exif = (reader.u8(20) & FLAG_EXIF) != 0;
            return StillHeader.plain(width, height, exif ? orientation(reader, bytes) : StillHeader.UPRIGHT);
        }
        long width;
        long height;
        if (reader.hasText(12, "VP8L") && reader.u8(20) == 0x2f) {
            long sizes = reader.u32(21);
            width = (sizes & 0x3fff) + 1;
            height = ((sizes >> 14) & 0x3fff) + 1;
        } else if (reader.hasText(12, "VP8 ") && reader.u24(23) == 0x2a019d) {
            width = reader.u16(26) & 0x3fff;
            height = reader.u16(28) & 0x3fff;
        } else {
            throw Refusal.corrupt("its first chunk is not a picture");
        }
        Refusal.checkPixels(width, height, maxPixels);
        return StillHeader.plain(width, height, StillHeader.UPRIGHT);
    }

    private static int orientation(ByteReader reader, byte[] bytes) {
        long at = 12;
        while (at + 8 <= reader.size()) {
            long length = reader.u32(at + 4);
            if (reader.hasText(at, "EXIF")) {
                reader.require(at + 8, length);
                int from = (int) at + 8;
                // Some writers keep the prefix that JPEG needs.
                int prefix = reader.hasText(from, "Exif\0\0") ? 6 : 0;
                return TiffHeader.exifOrientation(
                        Arrays.copyOfRange(bytes, Math.min(from + prefix, from + (int) length), from + (int) length));
            }
            at += 8 + length + (length & 1);
        }
        return StillHeader.UPRIGHT;
    }
}
