package org.loupe.decode;

import java.util.Arrays;

/** Walks the marker segments of a JPEG: size, coding, orientation, and whether the file is whole. */
final class JpegHeader {
    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;
    private static final int APP1 = 0xe1;
    private static final int SOF_BASELINE = 0xc0;
    private static final int SOF_EXTENDED = 0xc1;
    private static final int SOF_PROGRESSIVE = 0xc2;
    private static final String EXIF = "Exif\0\0";

    private JpegHeader() {}

    /**
     * Reads the header and makes sure that the file goes on to its end marker. A JPEG cut short is refused: a decoder would paint the
     * rest grey, and the score would be that of another picture.
     *
     * @throws org.loupe.score.ScoringException MEDIA_CORRUPT, MEDIA_TOO_LARGE, or UNSUPPORTED_MEDIA_TYPE for codings beside 8-bit
     *     baseline and progressive Huffman
     */
    static StillHeader read(byte[] bytes, long maxPixels) {
        ByteReader reader = ByteReader.bigEndian(bytes);
        if (reader.u16(0) != (0xff00 | SOI)) {
            throw Refusal.corrupt("it does not start like a JPEG");
        }
        int orientation = 0;
        int width = 0;
        int height = 0;
        int components = 0;
        boolean progressive = false;
        int at = 2;
        while (true) {
            at = nextMarker(reader, at);
            int marker = reader.u8(at);
            if (marker == EOI) {
                throw Refusal.corrupt("it holds no picture");
            }
            if (standsAlone(marker)) {
                at++;
                continue;
            }
            int length = reader.u16(at + 1);
            reader.require(at + 1, Math.max(2, length));
            if (marker == SOS) {
                if (width == 0) {
                    throw Refusal.corrupt("its picture data comes before its size");
                }
                requireEnd(reader, bytes, at);
                // A first scan with fewer components than the frame means several scans, which are gathered at full
                // size.
                boolean severalScans = progressive || reader.u8(at + 3) < components;
                return new StillHeader(
                        width, height, orientation == 0 ? StillHeader.UPRIGHT : orientation, true, severalScans);
            }
            if (isFrame(marker)) {
                if (marker != SOF_BASELINE && marker != SOF_EXTENDED && marker != SOF_PROGRESSIVE) {
                    throw Refusal.unsupported("JPEG in lossless, hierarchical or arithmetic coding");
                }
                int precision = reader.u8(at + 3);
                if (precision != 8) {
                    throw Refusal.unsupported("JPEG of " + precision + " bits");
                }
                height = reader.u16(at + 4);
                width = reader.u16(at + 6);
                components = reader.u8(at + 8);
                progressive = marker == SOF_PROGRESSIVE;
                Refusal.checkPixels(width, height, maxPixels);
            } else if (marker == APP1 && orientation == 0 && reader.hasText(at + 3, EXIF) && length > 8) {
                orientation = TiffHeader.exifOrientation(Arrays.copyOfRange(bytes, at + 9, at + 1 + length));
            }
            at += 1 + Math.max(2, length);
        }
    }

    /** @return offset of the code after the next 0xff; fill bytes and stray bytes between segments are skipped as decoders do */
    private static int nextMarker(ByteReader reader, int from) {
        int at = from;
        while (true) {
            while (reader.u8(at) != 0xff) {
                at++;
            }
            while (reader.u8(at) == 0xff) {
                at++;
            }
            if (reader.u8(at) != 0) {
                return at;
            }
        }
    }

    private static boolean standsAlone(int marker) {
        return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }

    private static void requireEnd(ByteReader reader, byte[] bytes, int scan) {
        int last = bytes.length - 1;
        if (bytes[last] == (byte) EOI && bytes[last - 1] == (byte) 0xff) {
            return; // nearly always: the search below is for files with something appended
        }
        int at = scan;
        while (true) {
            int marker = reader.u8(at);
            if (marker == EOI) {
                return;
            }
            at += standsAlone(marker) ? 1 : 1 + Math.max(2, reader.u16(at + 1));
            at = nextMarker(reader, at); // entropy-coded 0xff is stuffed with 0 and passed over
        }
    }
}
