package org.loupe.decode;

import static java.util.Objects.requireNonNull;
import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_ALL;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_DISCARD;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_KEY;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_side_data_get;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_flush_buffers;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FLAG_BACKWARD;
import static org.bytedeco.ffmpeg.global.avformat.AV_DISPOSITION_ATTACHED_PIC;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_find_input_format;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_seek_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * One video being decoded through ffmpeg: its first picture track, one frame a second, sound never touched. Seeks only where a key frame
 * lies ahead of what has been decoded and not behind what is wanted; otherwise decoding on is cheaper. One owner thread; closed by it.
 */
final class VideoDecoder implements AutoCloseable {
    private static final double FALLBACK_FRAMES_PER_SECOND = 25;
    private static final double MAX_FRAMES_PER_SECOND = 1000;
    private static final double MICROSECONDS = 1e6;

    /** A codec over its limit just says that it knows no size; with some head room the size comes out and can be named as too large. */
    private static final long PROBE_HEAD_ROOM = 4;

    private final DecodeLimits limits;
    private final MediaInput input;
    private final AVPacket packet;
    private final AVFrame decoded;
    private @Nullable AVFormatContext format;
    private @Nullable AVCodecContext codec;
    private AVStream stream;
    private double framesPerSecond;

    /** Packets of the picture track handed to the decoder, counted in the file's order. */
    private int fed;

    /** Whether the decoder has been told that nothing more will come. */
    private boolean drained;

    /**
     * Opens a video up to its first picture track and holds it against the limits; no frame is decoded into our memory yet.
     *
     * @param container ffmpeg's name of the container; no other is tried
     * @throws ScoringException MEDIA_CORRUPT, MEDIA_TOO_LARGE, VIDEO_NO_FRAMES, UNSUPPORTED_MEDIA_TYPE, IO_FAILED, CANCELLED
     */
    VideoDecoder(MediaSource source, String container, DecodeLimits limits) {
        MediaLibraries.prepare();
        MediaLibraries.prepareVideo();
        this.limits = limits;
        this.input = new MediaInput(source);
        this.packet = av_packet_alloc();
        this.decoded = av_frame_alloc();
        try {
            AVFormatContext opened = openContainer(container);
            stream = pictureTrack(opened);
            codec = openCodec(stream, limits);
            framesPerSecond = framesPerSecond(stream);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private AVFormatContext openContainer(String container) {
        AVFormatContext context = avformat_alloc_context();
        context.pb(input.context());
        // Holds for the probing of every track too, sound included: its size is not asked for, so no decoder needs to
        // run over it.
        AVDictionary options = new AVDictionary(null);
        av_dict_set(options, "codec_whitelist", VideoCodings.WHITELIST, 0);
        // On failure ffmpeg frees the context itself.
        int opened = avformat_open_input(context, (String) null, av_find_input_format(container), options);
        av_dict_free(options);
        if (opened < 0) {
            input.rethrow();
            throw Refusal.corrupt("its index is missing or damaged");
        }
        format = context;
        for (int i = 0; i < context.nb_streams(); i++) {
            AVCodecParameters parameters = context.streams(i).codecpar();
            if (parameters.codec_type() == AVMEDIA_TYPE_VIDEO && parameters.width() > 0) {
                Refusal.checkPixels(parameters.width(), parameters.height(), limits.maxVideoPixels());
            }
        }
        probe(context);
        return context;
    }

    /** Lets ffmpeg look into the first packets, where some formats keep the size; the codecs it opens for that are limited too. */
    private void probe(AVFormatContext context) {
        int streams = context.nb_streams();
        try (PointerPointer<AVDictionary> options = new PointerPointer<>(Math.max(1, streams))) {
            for (int i = 0; i < streams; i++) {
                AVDictionary limit = new AVDictionary(null);
                av_dict_set(limit, "max_pixels", Long.toString(PROBE_HEAD_ROOM * limits.maxVideoPixels()), 0);
                options.put(i, limit);
            }
            int found = avformat_find_stream_info(context, options);
            for (int i = 0; i < streams; i++) {
                av_dict_free(new AVDictionary(options.get(i)));
            }
            if (found < 0) {
                input.rethrow();
                throw Refusal.corrupt("its tracks cannot be read");
            }
        }
    }

    private AVStream pictureTrack(AVFormatContext context) {
        int best = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0);
        if (best < 0 || (context.streams(best).disposition() & AV_DISPOSITION_ATTACHED_PIC) != 0) {
            throw new ScoringException(ErrorReason.VIDEO_NO_FRAMES, "the file has no picture track");
        }
        for (int i = 0; i < context.nb_streams(); i++) {
            if (i != best) {
                context.streams(i).discard(AVDISCARD_ALL);
            }
        }
        return context.streams(best);
    }

    /** @return a decoder for one track, the caller's from now on */
    static AVCodecContext openCodec(AVStream stream, DecodeLimits limits) {
        AVCodecParameters parameters = stream.codecpar();
        Refusal.checkPixels(parameters.width(), parameters.height(), limits.maxVideoPixels());
        AVCodec decoder = avcodec_find_decoder(parameters.codec_id());
        if (decoder == null
                || decoder.isNull()
                || !VideoCodings.taken(decoder.name().getString(StandardCharsets.US_ASCII))) {
            throw Refusal.unsupported("video in the coding "
                    + avcodec_get_name(parameters.codec_id()).getString(StandardCharsets.US_ASCII));
        }
        AVCodecContext context = avcodec_alloc_context3(decoder);
        avcodec_parameters_to_context(context, parameters);
        context.thread_count(1).max_pixels(limits.maxVideoPixels()).pkt_timebase(stream.time_base());
        if (avcodec_open2(context, decoder, (PointerPointer<?>) null) < 0) {
            avcodec_free_context(context);
            throw Refusal.corrupt("its picture track cannot be decoded");
        }
        return context;
    }

    private static double framesPerSecond(AVStream stream) {
        for (AVRational rate : new AVRational[] {stream.avg_frame_rate(), stream.r_frame_rate()}) {
            double perSecond = rate.den() == 0 ? 0 : (double) rate.num() / rate.den();
            if (perSecond > 0 && perSecond <= MAX_FRAMES_PER_SECOND) {
                return perSecond;
            }
        }
        return FALLBACK_FRAMES_PER_SECOND;
    }

    int width() {
        return stream.codecpar().width();
    }

    int height() {
        return stream.codecpar().height();
    }

    /** @return the container's display matrix as an EXIF orientation; angles that are no quarter turn count as upright */
    int exifOrientation() {
        AVCodecParameters parameters = stream.codecpar();
        return exifOrientation(parameters.coded_side_data(), parameters.nb_coded_side_data());
    }

    /** @param count how many there are; 0 for none */
    static int exifOrientation(AVPacketSideData all, int count) {
        if (count == 0) {
            return StillHeader.UPRIGHT;
        }
        AVPacketSideData data = av_packet_side_data_get(all, count, AV_PKT_DATA_DISPLAYMATRIX);
        if (data == null || data.isNull() || data.size() < 36) {
            return StillHeader.UPRIGHT;
        }
        IntPointer matrix = new IntPointer(data.data());
        // A point (x, y) is shown at (a x + c y, b x + d y).
        int a = Integer.signum(matrix.get(0));
        int b = Integer.signum(matrix.get(1));
        int c = Integer.signum(matrix.get(3));
        int d = Integer.signum(matrix.get(4));
        if (b == 0 && c == 0) {
            return a < 0 ? (d < 0 ? 3 : 2) : d < 0 ? 4 : StillHeader.UPRIGHT;
        }
        if (a == 0 && d == 0) {
            return b > 0 ? (c > 0 ? 5 : 6) : c > 0 ? 8 : 7;
        }
        return StillHeader.UPRIGHT;
    }

    /** The first frame alone: HEIC and AVIF photos are videos of one frame. */
    Frame firstFrame(int exifOrientation) {
        try (FrameConverter converter = new FrameConverter(exifOrientation)) {
            if (!nextFrame()) {
                throw Refusal.corrupt("its picture cannot be decoded");
            }
            return converter.convert(decoded);
        }
    }

    /** @return how the picture is put together of tiles, each a track of its own, as phones store HEIC photos; nothing for one in a piece */
    Optional<TileGrid> tiles() {
        return TileGrid.largest(requireNonNull(format))
                .filter(grid -> (long) grid.width() * grid.height() >= (long) width() * height());
    }

    /** The whole of a picture in tiles. */
    Frame tiled(TileGrid grid, int exifOrientation) {
        return new TileDecoder(requireNonNull(format), packet, decoded, limits).decode(grid, exifOrientation, input);
    }

    /**
     * Delivers one frame a second.
     *
     * @return what was delivered
     * @throws ScoringException MEDIA_TOO_LARGE, MEDIA_CORRUPT, VIDEO_NO_FRAMES, IO_FAILED, CANCELLED, and whatever the sink throws
     */
    Delivery deliver(int exifOrientation, FrameSink sink) {
        AVFormatContext context = requireNonNull(format);
        PacketIndex index = index(context);
        int wanted = seconds(index);
        int delivered = deliver(context, index, 0, wanted, exifOrientation, sink);
        if (delivered == 0) {
            throw Refusal.corrupt("none of its frames can be decoded");
        }
        boolean truncated = delivered < wanted || stream.nb_frames() > index.frames();
        return new Delivery(delivered, truncated);
    }

    /**
     * The frame that {@link #deliver(int, FrameSink)} takes for one second, without those before it.
     *
     * @throws IllegalArgumentException if the video ends before
     * @throws ScoringException as {@link #deliver(int, FrameSink)}
     */
    Frame frameAt(int second, int exifOrientation) {
        AVFormatContext context = requireNonNull(format);
        PacketIndex index = index(context);
        int seconds = seconds(index);
        if (second < 0 || second >= seconds) {
            throw new IllegalArgumentException("second must be 0.." + (seconds - 1) + ", was " + second);
        }
        List<Frame> found = new ArrayList<>();
        deliver(context, index, second, second + 1, exifOrientation, (number, frame) -> found.add(frame));
        if (found.isEmpty()) {
            throw Refusal.corrupt("its second " + second + " cannot be decoded");
        }
        return found.get(0);
    }

    /**
     * @return how many frames {@link #deliver(int, FrameSink)} would deliver if all of them can be decoded; none is
     * @throws ScoringException MEDIA_TOO_LARGE, MEDIA_CORRUPT, VIDEO_NO_FRAMES, IO_FAILED
     */
    int seconds() {
        return seconds(index(requireNonNull(format)));
    }

    /** @return how many frames are taken, one a second, held against the limits */
    private int seconds(PacketIndex index) {
        if (index.frames() == 0) {
            throw new ScoringException(ErrorReason.VIDEO_NO_FRAMES, "the picture track is empty");
        }
        checkDuration(index.frames() / framesPerSecond);
        long wanted = FrameSchedule.count(index.frames(), framesPerSecond);
        if (wanted > limits.maxVideoFrames()) {
            throw Refusal.tooLarge("the video gives " + wanted + " frames", limits.maxVideoFrames() + " frames");
        }
        return (int) wanted;
    }

    /**
     * @param frames number of frames delivered
     * @param truncated whether the container promises more than there is
     */
    record Delivery(int frames, boolean truncated) {}

    private void checkDuration(double seconds) {
        if (seconds > limits.maxVideoDuration().toMillis() / 1e3) {
            throw Refusal.tooLarge("the video lasts " + Duration.ofSeconds((long) seconds), limits.maxVideoDuration());
        }
    }

    private PacketIndex index(AVFormatContext context) {
        checkDuration(context.duration() / MICROSECONDS);
        PacketIndex index = new PacketIndex();
        while (readPacket(context)) {
            long time = packet.pts() != AV_NOPTS_VALUE ? packet.pts() : packet.dts();
            if ((packet.flags() & AV_PKT_FLAG_DISCARD) == 0) { // cut away by an edit list
                index.add(
                        time,
                        packet.dts() != AV_NOPTS_VALUE ? packet.dts() : time,
                        (packet.flags() & AV_PKT_FLAG_KEY) != 0);
            }
            av_packet_unref(packet);
        }
        index.complete();
        if (index.frames() > 0 && !seek(context, index.start())) {
            throw Refusal.corrupt("it cannot be read from its start");
        }
        return index;
    }

    /** Takes the seconds from {@code first} to before {@code end}. @return how many were there */
    private int deliver(
            AVFormatContext context, PacketIndex index, int first, int end, int exifOrientation, FrameSink sink) {
        int delivered = 0;
        fed = 0;
        boolean pending = false;
        try (FrameConverter converter = new FrameConverter(exifOrientation)) {
            while (first + delivered < end) {
                int frame = (int) FrameSchedule.index((long) first + delivered, framesPerSecond);
                long time = index.time(Math.min(frame, index.frames() - 1));
                PacketIndex.@Nullable KeyFrame ahead = index.keyFrameAhead(time, fed);
                if (ahead != null && seek(context, ahead.seek())) {
                    fed = ahead.packet();
                    pending = false;
                }
                while (!pending || decoded.best_effort_timestamp() < time) {
                    if (!nextFrame()) {
                        return delivered;
                    }
                    pending = true;
                }
                sink.accept(delivered, converter.convert(decoded));
                delivered++;
            }
        }
        return delivered;
    }

    private boolean seek(AVFormatContext context, long time) {
        int sought = av_seek_frame(context, stream.index(), time, AVSEEK_FLAG_BACKWARD);
        if (sought < 0) {
            return false;
        }
        avcodec_flush_buffers(requireNonNull(codec));
        drained = false;
        return true;
    }

    /** Decodes up to the next frame in presentation order; damaged packets are passed over, as every player does. */
    private boolean nextFrame() {
        AVFormatContext context = requireNonNull(format);
        AVCodecContext decoder = requireNonNull(codec);
        av_frame_unref(decoded);
        while (true) {
            int received = avcodec_receive_frame(decoder, decoded);
            if (received >= 0) {
                Refusal.checkPixels(decoded.width(), decoded.height(), limits.maxVideoPixels());
                return true;
            }
            if (received == AVERROR_EOF || drained) {
                return false;
            }
            if (readPacket(context)) {
                if ((packet.flags() & AV_PKT_FLAG_DISCARD) == 0) {
                    fed++;
                }
                avcodec_send_packet(decoder, packet);
                av_packet_unref(packet);
            } else {
                avcodec_send_packet(decoder, null); // the end: hand out what is held back for reordering
                drained = true;
            }
        }
    }

    /** Reads the next packet of the picture track. */
    private boolean readPacket(AVFormatContext context) {
        while (av_read_frame(context, packet) >= 0) {
            if (packet.stream_index() == stream.index()) {
                return true;
            }
            av_packet_unref(packet);
        }
        input.rethrow();
        return false;
    }

    @Override
    public void close() {
        free(codec, () -> avcodec_free_context(codec));
        codec = null;
        free(format, () -> avformat_close_input(format));
        format = null;
        av_frame_free(decoded);
        av_packet_free(packet);
        input.close();
    }

    private static void free(@Nullable Pointer pointer, Runnable release) {
        if (pointer != null && !pointer.isNull()) {
            release.run();
        }
    }
}
