package org.loupe.decode;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_GLOBALHEADER;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Clips made on the spot, 80 x 32: every frame shows its own number as ten black and white bars, so that a test can tell which frame it
 * was given.
 *
 * @param container file extension, names the muxer
 * @param encoder one the LGPL build has: mpeg4, mjpeg, libvpx, libvpx-vp9
 * @param frames how many
 * @param rate frames a second, numerator
 * @param rateBase frames a second, denominator
 * @param keyEvery distance of key frames
 * @param bidirectional B-frames in a row
 * @param fastStart whether an MP4's index comes first
 * @param scale how many times 80 x 32 it is large; from 2 on with a moving grain, so that it is some work to decode
 */
public record TestVideo(
        String container,
        String encoder,
        int frames,
        int rate,
        int rateBase,
        int keyEvery,
        int bidirectional,
        boolean fastStart,
        int scale) {
    static final int WIDTH = 80;
    static final int HEIGHT = 32;
    private static final int BARS = 10;

    TestVideo(
            String container,
            String encoder,
            int frames,
            int rate,
            int rateBase,
            int keyEvery,
            int bidirectional,
            boolean fastStart) {
        this(container, encoder, frames, rate, rateBase, keyEvery, bidirectional, fastStart, 1);
    }

    public static TestVideo of(String container, String encoder, int frames, int rate) {
        return new TestVideo(container, encoder, frames, rate, 1, 12, 0, false);
    }

    public byte[] bytes() {
        try {
            Path file = Files.createTempFile("clip", "." + container);
            try {
                write(file);
                return Files.readAllBytes(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot write a test clip", e);
        }
    }

    void write(Path file) {
        MediaLibraries.prepareVideo();
        AVFormatContext format = new AVFormatContext(null);
        check(avformat_alloc_output_context2(format, null, null, file.toString()));
        AVCodec codec = avcodec_find_encoder_by_name(encoder);
        AVCodecContext context = avcodec_alloc_context3(codec);
        context.width(scale * WIDTH).height(scale * HEIGHT);
        context.time_base(av_make_q(rateBase, rate)).framerate(av_make_q(rate, rateBase));
        context.pix_fmt(encoder.equals("mjpeg") ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P);
        context.gop_size(keyEvery)
                .max_b_frames(bidirectional)
                .bit_rate(2_000_000)
                .thread_count(1);
        if ((format.oformat().flags() & AVFMT_GLOBALHEADER) != 0) {
            context.flags(context.flags() | org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER);
        }
        check(avcodec_open2(context, codec, (AVDictionary) null));
        AVStream stream = avformat_new_stream(format, null);
        stream.time_base(context.time_base()).avg_frame_rate(context.framerate());
        check(avcodec_parameters_from_context(stream.codecpar(), context));
        AVIOContext out = new AVIOContext(null);
        check(avio_open(out, file.toString(), AVIO_FLAG_WRITE));
        format.pb(out);
        AVDictionary options = new AVDictionary(null);
        if (fastStart) {
            av_dict_set(options, "movflags", "faststart", 0);
        }
        check(avformat_write_header(format, options));
        av_dict_free(options);
        AVFrame frame = av_frame_alloc();
        frame.width(scale * WIDTH).height(scale * HEIGHT).format(context.pix_fmt());
        check(av_frame_get_buffer(frame, 0));
        AVPacket packet = av_packet_alloc();
        for (int i = 0; i <= frames; i++) {
            if (i < frames) {
                paint(frame, i);
            }
            check(avcodec_send_frame(context, i < frames ? frame : null));
            while (avcodec_receive_packet(context, packet) >= 0) {
                av_packet_rescale_ts(packet, context.time_base(), stream.time_base());
                packet.stream_index(0);
                check(av_interleaved_write_frame(format, packet));
            }
        }
        check(av_write_trailer(format));
        av_packet_free(packet);
        av_frame_free(frame);
        avcodec_free_context(context);
        avio_closep(out);
        avformat_free_context(format);
    }

    private void paint(AVFrame frame, int number) {
        check(av_frame_make_writable(frame));
        for (int plane = 0; plane < 3; plane++) {
            int shrink = plane == 0 ? 1 : 2;
            byte[] row = new byte[scale * WIDTH / shrink];
            for (int y = 0; y < scale * HEIGHT / shrink; y++) {
                for (int x = 0; x < row.length; x++) {
                    boolean white = (number >> (x * shrink / (scale * WIDTH / BARS)) & 1) != 0;
                    int grain = scale == 1 ? 0 : (x * x + 7 * y + 5 * number * (1 + y / 16)) & 31;
                    row[x] = (byte) (plane > 0 ? 128 : white ? 220 - grain : 30 + grain);
                }
                frame.data(plane).position((long) y * frame.linesize(plane)).put(row);
            }
        }
        frame.pts(number);
    }

    /** @return the number that a frame, not turned, shows */
    static int number(Frame frame) {
        int number = 0;
        for (int bar = 0; bar < BARS; bar++) {
            int x = bar * (frame.width() / BARS) + frame.width() / BARS / 2;
            int at = (frame.height() / 2 * frame.width() + x) * 3;
            if ((frame.rgb()[at] & 0xff) > 127) {
                number |= 1 << bar;
            }
        }
        return number;
    }

    /** Writes a display matrix into the track header of an MP4 or MOV. */
    static byte[] withMatrix(byte[] mp4, int a, int b, int c, int d) {
        byte[] turned = mp4.clone();
        String text = new String(mp4, StandardCharsets.ISO_8859_1);
        int matrix = text.indexOf("tkhd") + 44;
        ByteBuffer buffer = ByteBuffer.wrap(turned);
        int[] values = {a, b, 0, c, d, 0};
        for (int i = 0; i < values.length; i++) {
            buffer.putInt(matrix + 4 * i, values[i] << 16);
        }
        return turned;
    }

    private static void check(int result) {
        if (result < 0) {
            throw new IllegalStateException("ffmpeg says " + result);
        }
    }
}
