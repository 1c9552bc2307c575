package org.loupe.decode;

import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * Walks the chunks of a PNG: size, orientation, checksums, and whether the file is whole. Hands on only what the picture itself consists
 * of, so that no decoder inflates hostile text or animates anything.
 *
 * @param header size and orientation
 * @param picture the PNG reduced to its critical chunks; of an animation the default image
 */
record PngFile(StillHeader header, byte[] picture) {
    private static final long SIGNATURE = 0x89504e470d0a1a0aL;
    private static final int FRAME_BYTES = 12; // length, name and checksum around the content of a chunk
    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504c5445;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454e44;
    private static final int EXIF = 0x65584966;

    /** @throws org.loupe.score.ScoringException MEDIA_CORRUPT (cut short, or a checksum is wrong) or MEDIA_TOO_LARGE */
    static PngFile read(byte[] bytes, long maxPixels) {
        ByteReader reader = ByteReader.bigEndian(bytes);
        if (reader.u32(0) != SIGNATURE >>> 32 || reader.u32(4) != (SIGNATURE & 0xffffffffL)) {
            throw Refusal.corrupt("it does not start like a PNG");
        }
        if (reader.s32(12) != IHDR || reader.u32(8) != 13) {
            throw Refusal.corrupt("its first chunk is not its size");
        }
        long width = reader.u32(16);
        long height = reader.u32(20);
        Refusal.checkPixels(width, height, maxPixels);
        byte[] picture = new byte[bytes.length];
        System.arraycopy(bytes, 0, picture, 0, 8);
        int kept = 8;
        int orientation = StillHeader.UPRIGHT;
        int at = 8;
        int name;
        do {
            long length = reader.u32(at);
            reader.require(at, FRAME_BYTES + length);
            name = reader.s32(at + 4);
            int chunkBytes = FRAME_BYTES + (int) length;
            if (name == IHDR || name == PLTE || name == IDAT || name == IEND) {
                checkSum(reader, bytes, at, (int) length);
                System.arraycopy(bytes, at, picture, kept, chunkBytes);
                kept += chunkBytes;
            } else if (name == EXIF) {
                orientation = TiffHeader.exifOrientation(Arrays.copyOfRange(bytes, at + 8, at + 8 + (int) length));
            }
            at += chunkBytes;
        } while (name != IEND);
        return new PngFile(StillHeader.plain(width, height, orientation), Arrays.copyOf(picture, kept));
    }

    private static void checkSum(ByteReader reader, byte[] bytes, int at, int length) {
        CRC32 sum = new CRC32();
        sum.update(bytes, at + 4, 4 + length);
        if (sum.getValue() != reader.u32(at + 8L + length)) {
            throw Refusal.corrupt("a checksum does not match");
        }
    }
}
