package org.loupe.decode;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avutil.AVDictionary;

/**
 * A photo in tiles as phones write HEIC, boxes put together by hand (ISO/IEC 23008-12): each tile is an image item of its own, a further item
 * says how they lie. Pictures are coded in AV1, because that is what can be written here; HEVC tiles take the same boxes and the same way.
 *
 * @param columns of tiles
 * @param rows of tiles
 * @param width of the shown part, at most what the tiles fill
 * @param height likewise
 * @param quarterTurns anticlockwise, as the file says the whole is to be turned
 */
record TiledHeif(int columns, int rows, int width, int height, int quarterTurns) {
    private static final int GRID_ITEM = 1;

    /** @return a file whose tile i, row by row, shows the number i, see {@link TestVideo#number} */
    byte[] bytes() {
        Source source = source(columns * rows);
        List<byte[]> items = new ArrayList<>();
        items.add(new Box("")
                .bytes(0, 0, rows - 1, columns - 1)
                .shorts(width, height)
                .content());
        items.addAll(source.pictures);
        byte[] type = new Box("ftyp")
                .text("avif")
                .ints(0)
                .text("avif", "mif1", "miaf")
                .whole();
        int meta = meta(source, items, 0).length; // offsets have a fixed width, so the size is known before they are
        int first = type.length + meta + 8;
        Box data = new Box("mdat");
        items.forEach(data::raw);
        return new Box("")
                .raw(type)
                .raw(meta(source, items, first))
                .raw(data.whole())
                .content();
    }

    private byte[] meta(Source source, List<byte[]> items, int first) {
        int count = items.size();
        Box info = new Box("iinf").ints(0).shorts(count);
        Box places = new Box("iloc").ints(0).bytes(0x44, 0).shorts(count);
        Box tiles = new Box("dimg").shorts(GRID_ITEM, count - 1);
        Box uses = new Box("ipma").ints(0).ints(count);
        int offset = first;
        for (int item = GRID_ITEM; item <= count; item++) {
            boolean grid = item == GRID_ITEM;
            info.raw(new Box("infe")
                    .ints(2 << 24)
                    .shorts(item, 0)
                    .text(grid ? "grid" : "av01")
                    .bytes(0)
                    .whole());
            int length = items.get(item - 1).length;
            places.shorts(item, 0, 1).ints(offset, length);
            offset += length;
            if (grid) {
                uses.shorts(item).bytes(2, 3, 0x80 | 4);
            } else {
                tiles.shorts(item);
                uses.shorts(item).bytes(2, 0x80 | 1, 2);
            }
        }
        Box properties = new Box("ipco")
                .raw(new Box("av1C").raw(source.configuration).whole())
                .raw(new Box("ispe").ints(0, TestVideo.WIDTH, TestVideo.HEIGHT).whole())
                .raw(new Box("ispe").ints(0, width, height).whole())
                .raw(new Box("irot").bytes(quarterTurns).whole());
        return new Box("meta")
                .ints(0)
                .raw(new Box("hdlr")
                        .ints(0, 0)
                        .text("pict")
                        .ints(0, 0, 0)
                        .bytes(0)
                        .whole())
                .raw(new Box("pitm").ints(0).shorts(GRID_ITEM).whole())
                .raw(places.whole())
                .raw(info.whole())
                .raw(new Box("iref").ints(0).raw(tiles.whole()).whole())
                .raw(new Box("iprp").raw(properties.whole()).raw(uses.whole()).whole())
                .whole();
    }

    /** @param configuration what the av1C box holds */
    private record Source(byte[] configuration, List<byte[]> pictures) {}

    /** Every frame of a clip is a picture that needs no other. */
    private static Source source(int count) {
        try {
            Path file = Files.createTempFile("tiles", ".mp4");
            try {
                new TestVideo("mp4", "libaom-av1", count, 1, 1, 1, 0, false).write(file);
                return read(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot write test tiles", e);
        }
    }

    private static Source read(Path file) {
        AVFormatContext format = new AVFormatContext(null);
        if (avformat_open_input(format, file.toString(), (AVInputFormat) null, (AVDictionary) null) < 0) {
            throw new IllegalStateException("cannot read " + file);
        }
        AVPacket packet = av_packet_alloc();
        try {
            AVCodecParameters parameters = format.streams(0).codecpar();
            byte[] configuration = new byte[parameters.extradata_size()];
            parameters.extradata().get(configuration);
            List<byte[]> pictures = new ArrayList<>();
            while (av_read_frame(format, packet) >= 0) {
                byte[] picture = new byte[packet.size()];
                packet.data().get(picture);
                pictures.add(picture);
                av_packet_unref(packet);
            }
            return new Source(configuration, pictures);
        } finally {
            av_packet_free(packet);
            avformat_close_input(format);
        }
    }

    /** Bytes of an ISO base media box, numbers big-endian. */
    private static final class Box {
        private final String type;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Box(String type) {
            this.type = type;
        }

        Box bytes(int... values) {
            for (int value : values) {
                out.write(value);
            }
            return this;
        }

        Box shorts(int... values) {
            for (int value : values) {
                bytes(value >> 8, value);
            }
            return this;
        }

        Box ints(int... values) {
            for (int value : values) {
                raw(ByteBuffer.allocate(4).putInt(value).array());
            }
            return this;
        }

        Box text(String... words) {
            for (String word : words) {
                raw(word.getBytes(StandardCharsets.US_ASCII));
            }
            return this;
        }

        Box raw(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        byte[] content() {
            return out.toByteArray();
        }

        byte[] whole() {
            return new Box("").ints(8 + out.size()).text(type).raw(content()).content();
        }
    }
}
