package org.loupe.decode;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_RGB;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INT;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCachedContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCoefficients;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;
import static org.bytedeco.ffmpeg.global.swscale.sws_setColorspaceDetails;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;

import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.jspecify.annotations.Nullable;

/**
 * Decoded video frames to RGB, upright. Colour matrix and range are the frame's own; an untagged frame is read as BT.601, as the
 * reference reads it. One owner thread; closed by it.
 */
final class FrameConverter implements AutoCloseable {
    private static final int NEUTRAL = 1 << 16; // 1.0 in swscale's fixed point

    private final int exifOrientation;
    private @Nullable SwsContext scaler;

    /** @param exifOrientation 1 to 8, applied to every frame */
    FrameConverter(int exifOrientation) {
        this.exifOrientation = exifOrientation;
    }

    /** @param decoded stays the caller's */
    Frame convert(AVFrame decoded) {
        int width = decoded.width();
        int height = decoded.height();
        SwsContext context = sws_getCachedContext(
                scaler,
                width,
                height,
                decoded.format(),
                width,
                height,
                AV_PIX_FMT_RGB24,
                SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT,
                null,
                null,
                (DoublePointer) null);
        scaler = context;
        if (context == null || context.isNull()) {
            throw Refusal.unsupported("video in pixel format " + decoded.format());
        }
        int space = decoded.colorspace();
        if (space != AVCOL_SPC_UNSPECIFIED && space != AVCOL_SPC_RGB) {
            int fullRange = decoded.color_range() == AVCOL_RANGE_JPEG ? 1 : 0;
            sws_setColorspaceDetails(
                    context,
                    sws_getCoefficients(space),
                    fullRange,
                    sws_getCoefficients(AVCOL_SPC_BT709),
                    1,
                    0,
                    NEUTRAL,
                    NEUTRAL);
        }
        AVFrame rgb = av_frame_alloc();
        try (PointerScope scope = new PointerScope()) {
            rgb.format(AV_PIX_FMT_RGB24).width(width).height(height);
            if (av_frame_get_buffer(rgb, 0) < 0) {
                throw new OutOfMemoryError("no native memory for a video frame of " + width + " x " + height);
            }
            sws_scale(context, decoded.data(), decoded.linesize(), 0, height, rgb.data(), rgb.linesize());
            Mat stored = new Mat(height, width, CV_8UC3, rgb.data(0), rgb.linesize(0));
            Mat upright = StillDecoder.oriented(stored, exifOrientation);
            Mat dense = upright.isContinuous() ? upright : upright.clone();
            byte[] bytes = new byte[Math.multiplyExact(Math.multiplyExact(dense.cols(), dense.rows()), 3)];
            dense.data().get(bytes);
            return new Frame(dense.cols(), dense.rows(), bytes);
        } finally {
            av_frame_free(rgb);
        }
    }

    @Override
    public void close() {
        if (scaler != null) {
            sws_freeContext(scaler);
            scaler = null;
        }
    }
}
