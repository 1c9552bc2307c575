package org.loupe.decode;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.PointerPointer;

/**
 * What taking one frame a second costs against decoding straight through and converting one frame a second: processor time of one thread,
 * medians, in turns. Clips of 640 x 256 at 25 frames a second are made on the spot; arguments are files of one's own to add. Run {@link #main}
 * from the test class path; it prints one line a clip.
 */
final class VideoDecodeBenchmark {
    private static final int ROUNDS = 7;
    private static final int SECONDS = 60;
    private static final int RATE = 25;

    private VideoDecodeBenchmark() {}

    public static void main(String[] files) throws Exception {
        MediaLibraries.prepareVideo();
        System.out.printf("%-44s %12s %12s %8s%n", "clip", "straight ms", "ours ms", "ratio");
        for (String file : files) {
            measure(file, Path.of(file), RATE);
        }
        for (TestVideo clip : new TestVideo[] {
            clip("mp4", "mpeg4", 6, 0),
            clip("mp4", "mpeg4", 12, 2),
            clip("mp4", "mpeg4", 50, 2),
            clip("mp4", "mpeg4", 250, 2),
            clip("avi", "mjpeg", 1, 0),
            clip("webm", "libvpx", 250, 0)
        }) {
            Path file = Files.createTempFile("clip", "." + clip.container());
            try {
                clip.write(file);
                measure(clip.encoder() + ", key frame every " + clip.keyEvery(), file, RATE);
            } finally {
                Files.delete(file);
            }
        }
    }

    private static TestVideo clip(String container, String encoder, int keyEvery, int bidirectional) {
        return new TestVideo(container, encoder, SECONDS * RATE, RATE, 1, keyEvery, bidirectional, false, 8);
    }

    private static void measure(String name, Path file, int rate) {
        double[] straight = new double[ROUNDS];
        double[] ours = new double[ROUNDS];
        for (int round = -1; round < ROUNDS; round++) {
            int at = Math.max(0, round);
            straight[at] = cpuMillis(() -> straightThrough(file, rate));
            ours[at] = cpuMillis(
                    () -> TestMedia.DECODER.decode(MediaSource.of(file), DecodeRequest.FULL, (second, frame) -> {}));
        }
        Arrays.sort(straight);
        Arrays.sort(ours);
        System.out.printf(
                Locale.ROOT,
                "%-44s %12.1f %12.1f %8.2f%n",
                name,
                straight[ROUNDS / 2],
                ours[ROUNDS / 2],
                ours[ROUNDS / 2] / straight[ROUNDS / 2]);
    }

    private static double cpuMillis(Runnable way) {
        var threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        way.run();
        return (threads.getCurrentThreadCpuTime() - start) / 1e6;
    }

    /** Every packet through the decoder; every {@code rate}-th frame becomes RGB. */
    private static void straightThrough(Path file, int rate) {
        AVFormatContext format = new AVFormatContext(null);
        check(avformat_open_input(format, file.toString(), (AVInputFormat) null, null));
        check(avformat_find_stream_info(format, (PointerPointer<?>) null));
        AVStream stream = format.streams(0);
        AVCodecContext codec =
                avcodec_alloc_context3(avcodec_find_decoder(stream.codecpar().codec_id()));
        check(avcodec_parameters_to_context(codec, stream.codecpar()));
        codec.thread_count(1);
        check(avcodec_open2(codec, avcodec_find_decoder(stream.codecpar().codec_id()), (AVDictionary) null));
        AVPacket packet = av_packet_alloc();
        AVFrame frame = av_frame_alloc();
        int number = 0;
        try (FrameConverter converter = new FrameConverter(StillHeader.UPRIGHT)) {
            boolean more = true;
            while (more) {
                more = av_read_frame(format, packet) >= 0;
                if (!more || packet.stream_index() == stream.index()) {
                    avcodec_send_packet(codec, more ? packet : null);
                    while (avcodec_receive_frame(codec, frame) >= 0) {
                        if (number++ % rate == 0) {
                            converter.convert(frame);
                        }
                    }
                }
                av_packet_unref(packet);
            }
        }
        av_frame_free(frame);
        av_packet_free(packet);
        avcodec_free_context(codec);
        avformat_close_input(format);
    }

    private static void check(int result) {
        if (result < 0) {
            throw new IllegalStateException("ffmpeg says " + result);
        }
    }
}
