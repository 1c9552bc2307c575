package org.loupe.decode;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Reads TIFF directories: dimensions, layout and orientation of the first page, and the orientation inside an EXIF block. Classic and
 * BigTIFF, either byte order. Each directory is visited once, so a chain that loops ends.
 */
final class TiffHeader {
    private static final int TAG_WIDTH = 256;
    private static final int TAG_HEIGHT = 257;
    private static final int TAG_BITS_PER_SAMPLE = 258;
    private static final int TAG_COMPRESSION = 259;
    private static final int TAG_PHOTOMETRIC = 262;
    private static final int TAG_STRIP_OFFSETS = 273;
    private static final int TAG_ORIENTATION = 274;
    private static final int TAG_STRIP_BYTES = 279;
    private static final int TAG_TILE_WIDTH = 322;
    private static final int TAG_TILE_HEIGHT = 323;
    private static final int TAG_TILE_OFFSETS = 324;
    private static final int TAG_TILE_BYTES = 325;
    private static final int TAG_SUB_DIRECTORIES = 330;
    private static final int TAG_EXTRA_SAMPLES = 338;
    private static final int TAG_DNG_VERSION = 50706;

    /**
     * None, the three of fax machines, LZW, JPEG, Deflate under its two numbers, PackBits. What else the decoder's library knows is rare,
     * old or made for instruments, and not worth having it run over hostile bytes.
     */
    private static final Set<Long> COMPRESSIONS = Set.of(1L, 2L, 3L, 4L, 5L, 7L, 8L, 32946L, 32773L);

    private static final int PHOTOMETRIC_GREY = 1;
    private static final int PHOTOMETRIC_RGB = 2;
    private static final int PHOTOMETRIC_CFA = 32803;
    private static final int PHOTOMETRIC_LINEAR_RAW = 34892;

    /** Pages a scanner's TIFF may have; a longer chain is an attack on whoever follows it. */
    private static final int MAX_PAGES = 65_535;

    /** Sub-directories looked at for camera raw; cameras write up to four. */
    private static final int MAX_SUB_DIRECTORIES = 16;

    private final ByteReader reader;
    private final boolean big;

    private TiffHeader(ByteReader reader, boolean big) {
        this.reader = reader;
        this.big = big;
    }

    /**
     * The first page.
     *
     * @throws org.loupe.score.ScoringException MEDIA_CORRUPT, MEDIA_TOO_LARGE, or UNSUPPORTED_MEDIA_TYPE for camera raw in TIFF clothing and
     *     for rare compressions
     */
    static Page firstPage(byte[] bytes, long maxPixels) {
        TiffHeader header = open(bytes);
        Map<Integer, Entry> entries = header.directory(header.firstDirectory());
        header.refuseCameraRaw(entries);
        long compression = header.value(entries, TAG_COMPRESSION, 1);
        if (!COMPRESSIONS.contains(compression)) {
            throw Refusal.unsupported("a TIFF in compression " + compression);
        }
        long width = header.value(entries, TAG_WIDTH, 0);
        long height = header.value(entries, TAG_HEIGHT, 0);
        Refusal.checkPixels(width, height, maxPixels);
        header.checkChain();
        header.checkData(entries, maxPixels);
        int orientation = validOrientation(header.value(entries, TAG_ORIENTATION, StillHeader.UPRIGHT));
        long bits = header.value(entries, TAG_BITS_PER_SAMPLE, 1);
        if (bits > 16) {
            throw Refusal.unsupported("a TIFF of " + bits + " bits a sample");
        }
        long photometric = header.value(entries, TAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
        boolean asStored = (photometric == PHOTOMETRIC_GREY || photometric == PHOTOMETRIC_RGB)
                && (bits == 16 || entries.containsKey(TAG_EXTRA_SAMPLES));
        return new Page(StillHeader.plain(width, height, orientation), asStored);
    }

    /**
     * @param header size and orientation
     * @param asStored whether the samples must be read as they are: the decoder's own way to 8-bit RGB would round 16 bits and blend alpha
     */
    record Page(StillHeader header, boolean asStored) {}

    /** @return the orientation in an EXIF block, upright where it notes none or is damaged: a photo is not refused for its notes */
    static int exifOrientation(byte[] exif) {
        try {
            TiffHeader header = open(exif);
            Map<Integer, Entry> entries = header.directory(header.firstDirectory());
            return validOrientation(header.value(entries, TAG_ORIENTATION, StillHeader.UPRIGHT));
        } catch (org.loupe.score.ScoringException e) {
            return StillHeader.UPRIGHT;
        }
    }

    private static int validOrientation(long noted) {
        return noted >= 1 && noted <= 8 ? (int) noted : StillHeader.UPRIGHT;
    }

    private static TiffHeader open(byte[] bytes) {
        ByteReader order = ByteReader.bigEndian(bytes);
        ByteReader reader;
        switch (order.u16(0)) {
            case 0x4949 -> reader = ByteReader.littleEndian(bytes);
            case 0x4d4d -> reader = order;
            default -> throw Refusal.corrupt("its TIFF header has no byte order");
        }
        int version = reader.u16(2);
        if (version != 42 && version != 43) {
            throw Refusal.corrupt("its TIFF header has version " + version);
        }
        return new TiffHeader(reader, version == 43);
    }

    private long firstDirectory() {
        return big ? reader.u63(8) : reader.u32(4);
    }

    /**
     * @param type TIFF field type
     * @param count number of values
     * @param at where the values lie
     */
    private record Entry(int type, long count, long at) {
        int bytesEach() {
            return switch (type) {
                case 3, 8 -> 2;
                case 4, 9, 11, 13 -> 4;
                case 5, 10, 12, 16, 17, 18 -> 8;
                default -> 1;
            };
        }
    }

    private Map<Integer, Entry> directory(long offset) {
        long count = entryCount(offset);
        long first = offset + (big ? 8 : 2);
        int entryBytes = big ? 20 : 12;
        Map<Integer, Entry> entries = new HashMap<>();
        for (long i = 0; i < count; i++) {
            long at = first + i * entryBytes;
            int type = reader.u16(at + 2);
            long values = big ? reader.u63(at + 4) : reader.u32(at + 4);
            long inline = at + (big ? 12 : 8);
            Entry entry = new Entry(type, values, inline);
            // In place while they fit, else behind an offset. Compared by division, the count may be hostile.
            if (values > (big ? 8 : 4) / entry.bytesEach()) {
                entry = new Entry(type, values, big ? reader.u63(inline) : reader.u32(inline));
            }
            entries.putIfAbsent(reader.u16(at), entry);
        }
        return entries;
    }

    private long entryCount(long offset) {
        long count = big ? reader.u63(offset) : reader.u16(offset);
        if (count > 65_535) { // what the classic form can hold; no writer comes near
            throw Refusal.corrupt("its TIFF directory claims " + count + " entries");
        }
        reader.require(offset + (big ? 8 : 2), count * (big ? 20 : 12) + (big ? 8 : 4));
        return count;
    }

    private long value(Map<Integer, Entry> entries, int tag, long missing) {
        Entry entry = entries.get(tag);
        return entry == null || entry.count() < 1 ? missing : value(entry, 0);
    }

    private long value(Entry entry, long index) {
        long at = entry.at() + index * entry.bytesEach();
        return switch (entry.bytesEach()) {
            case 1 -> reader.u8(at);
            case 2 -> reader.u16(at);
            case 4 -> reader.u32(at);
            default -> reader.u63(at);
        };
    }

    /** Raw files are TIFFs whose first page is a thumbnail or a mosaic: scoring either would not be scoring the photo. */
    private void refuseCameraRaw(Map<Integer, Entry> entries) {
        if (entries.containsKey(TAG_DNG_VERSION) || isRaw(entries)) {
            throw Refusal.unsupported("camera raw");
        }
        Entry subs = entries.get(TAG_SUB_DIRECTORIES);
        if (subs == null) {
            return;
        }
        for (long i = 0; i < Math.min(subs.count(), MAX_SUB_DIRECTORIES); i++) {
            if (isRaw(directory(value(subs, i)))) {
                throw Refusal.unsupported("camera raw");
            }
        }
    }

    private boolean isRaw(Map<Integer, Entry> entries) {
        long photometric = value(entries, TAG_PHOTOMETRIC, -1);
        return photometric == PHOTOMETRIC_CFA || photometric == PHOTOMETRIC_LINEAR_RAW;
    }

    /** Follows the chain of pages to its end, because the decoder's library may do so too. */
    private void checkChain() {
        Set<Long> seen = new HashSet<>();
        long offset = firstDirectory();
        while (offset != 0) {
            if (!seen.add(offset) || seen.size() > MAX_PAGES) {
                throw Refusal.corrupt("its TIFF directories do not end");
            }
            long end = offset + (big ? 8 : 2) + entryCount(offset) * (big ? 20 : 12);
            offset = big ? reader.u63(end) : reader.u32(end);
        }
    }

    /** All strips or tiles of the first page must lie inside the file: a decoder would paint the missing ones black. */
    private void checkData(Map<Integer, Entry> entries, long maxPixels) {
        boolean tiled = entries.containsKey(TAG_TILE_OFFSETS);
        if (tiled) {
            Refusal.checkPixels(value(entries, TAG_TILE_WIDTH, 0), value(entries, TAG_TILE_HEIGHT, 0), maxPixels);
        }
        Entry offsets = entries.get(tiled ? TAG_TILE_OFFSETS : TAG_STRIP_OFFSETS);
        Entry sizes = entries.get(tiled ? TAG_TILE_BYTES : TAG_STRIP_BYTES);
        if (offsets == null || offsets.count() < 1) {
            throw Refusal.corrupt("its TIFF directory names no pixels");
        }
        if (sizes == null) {
            return; // old writers leave the sizes out; the decoder then works them out itself
        }
        long count = Math.min(offsets.count(), sizes.count());
        reader.require(offsets.at(), Math.multiplyExact(Math.min(count, reader.size()), offsets.bytesEach()));
        for (long i = 0; i < count; i++) {
            reader.require(value(offsets, i), value(sizes, i));
        }
    }
}
