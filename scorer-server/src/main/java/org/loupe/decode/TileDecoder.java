package org.loupe.decode;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;

/** Puts a photo together of its tiles, one decoded at a time. All native objects it is given stay the caller's. For one thread. */
final class TileDecoder {
    private static final int CHANNELS = 3;

    private final AVFormatContext format;
    private final AVPacket packet;
    private final AVFrame decoded;
    private final DecodeLimits limits;

    TileDecoder(AVFormatContext format, AVPacket packet, AVFrame decoded, DecodeLimits limits) {
        this.format = format;
        this.packet = packet;
        this.decoded = decoded;
        this.limits = limits;
    }

    /**
     * @param grid of a size that has been held against the limits
     * @param exifOrientation applied to the whole
     * @throws org.loupe.score.ScoringException MEDIA_CORRUPT if a tile is missing or damaged: half a picture gets no score; IO_FAILED
     */
    Frame decode(TileGrid grid, int exifOrientation, MediaInput input) {
        Map<Integer, List<TileGrid.Tile>> missing =
                new HashMap<>(grid.tiles().stream().collect(Collectors.groupingBy(TileGrid.Tile::stream)));
        for (int i = 0; i < format.nb_streams(); i++) {
            format.streams(i).discard(missing.containsKey(i) ? avcodec.AVDISCARD_DEFAULT : avcodec.AVDISCARD_ALL);
        }
        byte[] canvas = new byte[Math.multiplyExact(Math.multiplyExact(grid.width(), grid.height()), CHANNELS)];
        try (FrameConverter converter = new FrameConverter(StillHeader.UPRIGHT)) {
            while (!missing.isEmpty() && av_read_frame(format, packet) >= 0) {
                try {
                    List<TileGrid.Tile> here = missing.remove(packet.stream_index());
                    if (here != null) {
                        Frame tile = tile(format.streams(packet.stream_index()), converter);
                        here.forEach(each -> paste(tile, each, grid, canvas));
                    }
                } finally {
                    av_packet_unref(packet);
                }
            }
        }
        input.rethrow();
        if (!missing.isEmpty()) {
            throw Refusal.corrupt(missing.size() + " of its tiles are missing");
        }
        return turned(canvas, grid, exifOrientation);
    }

    private Frame tile(AVStream stream, FrameConverter converter) {
        AVCodecContext decoder = VideoDecoder.openCodec(stream, limits);
        try {
            avcodec_send_packet(decoder, packet);
            avcodec_send_packet(decoder, null);
            if (avcodec_receive_frame(decoder, decoded) < 0) {
                throw Refusal.corrupt("one of its tiles is damaged");
            }
            Refusal.checkPixels(decoded.width(), decoded.height(), limits.maxVideoPixels());
            return converter.convert(decoded);
        } finally {
            av_frame_unref(decoded);
            avcodec_free_context(decoder);
        }
    }

    /** What reaches over the edge of the shown part is cut off; the places come from the file and may be anything. */
    private static void paste(Frame tile, TileGrid.Tile place, TileGrid grid, byte[] canvas) {
        long left = (long) place.left() - grid.left();
        long top = (long) place.top() - grid.top();
        int from = (int) Math.max(0, -left);
        int to = (int) Math.min(tile.width(), grid.width() - left);
        for (int y = (int) Math.max(0, -top); y < Math.min(tile.height(), grid.height() - top) && from < to; y++) {
            System.arraycopy(
                    tile.rgb(),
                    (y * tile.width() + from) * CHANNELS,
                    canvas,
                    (int) ((top + y) * grid.width() + left + from) * CHANNELS,
                    (to - from) * CHANNELS);
        }
    }

    private static Frame turned(byte[] canvas, TileGrid grid, int exifOrientation) {
        if (exifOrientation == StillHeader.UPRIGHT) {
            return new Frame(grid.width(), grid.height(), canvas);
        }
        try (PointerScope scope = new PointerScope()) {
            Mat stored = new Mat(grid.height(), grid.width(), CV_8UC3, new BytePointer(canvas));
            Mat upright = StillDecoder.oriented(stored, exifOrientation);
            byte[] bytes = new byte[canvas.length];
            upright.data().get(bytes);
            return new Frame(upright.cols(), upright.rows(), bytes);
        }
    }
}
