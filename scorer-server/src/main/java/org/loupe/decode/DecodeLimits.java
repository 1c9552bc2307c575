package org.loupe.decode;

import java.time.Duration;
import org.loupe.settings.ConfigPrefix;
import org.loupe.settings.Doc;

/**
 * What the header gate lets through. Everything is checked before a pixel is allocated.
 *
 * @param maxStillBytes largest still in bytes; a still is read whole. Default 640 MiB: an uncompressed 100 MP, 16-bit TIFF
 * @param maxVideoBytes largest video in bytes. Default 64 GiB: a file is streamed, so this only stops nonsense
 * @param maxPixels most pixels of a still. Default 208 MP: what the largest phone sensors (200 MP, 16320 x 12240) deliver, 0.6 GB decoded
 * @param maxVideoPixels most pixels of one video frame. Default 36 MP: 8K UHD; a decoder keeps up to sixteen such frames for reference
 * @param maxVideoFrames most frames taken from one video, one a second. Default 14400
 * @param maxVideoDuration longest video. Default four hours: the longest films; a day of a security camera is no clip
 */
@ConfigPrefix("decode")
public record DecodeLimits(
        @Doc("Largest photo in bytes, below 2 GiB; a photo is read whole")
        long maxStillBytes,

        @Doc("Largest video in bytes; a video is streamed") long maxVideoBytes,
        @Doc("Most pixels of a photo") long maxPixels,
        @Doc("Most pixels of one video frame") long maxVideoPixels,

        @Doc("Most frames taken from one video, one a second")
        int maxVideoFrames,

        @Doc("Longest video") Duration maxVideoDuration) {
    public static final DecodeLimits DEFAULT =
            new DecodeLimits(640L << 20, 64L << 30, 208_000_000L, 36_000_000L, 14_400, Duration.ofHours(4));

    /** A frame is one array of three bytes a pixel. */
    private static final long LARGEST_FRAME_PIXELS = (Integer.MAX_VALUE - 8) / 3;

    public DecodeLimits {
        check(
                maxStillBytes >= 1 && maxStillBytes <= Integer.MAX_VALUE - 8,
                "max-still-bytes must be 1..2 GiB",
                maxStillBytes);
        check(maxVideoBytes >= 1, "max-video-bytes must be at least 1", maxVideoBytes);
        check(maxPixels >= 1 && maxPixels <= LARGEST_FRAME_PIXELS, "max-pixels must be 1..715 million", maxPixels);
        check(
                maxVideoPixels >= 1 && maxVideoPixels <= LARGEST_FRAME_PIXELS,
                "max-video-pixels must be 1..715 million",
                maxVideoPixels);
        check(maxVideoFrames >= 1, "max-video-frames must be at least 1", maxVideoFrames);
        check(maxVideoDuration.compareTo(Duration.ZERO) > 0, "max-video-duration must be positive", maxVideoDuration);
    }

    private static void check(boolean sound, String rule, Object was) {
        if (!sound) {
            throw new IllegalArgumentException("decode." + rule + ", was " + was);
        }
    }
}
