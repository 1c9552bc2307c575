package org.loupe.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Whatever the bytes, the answer is a frame or a catalogued refusal that is the caller's business, in bounded memory and time. Every run
 * has other seeds; a failing one is printed.
 */
class HostileHeaderTest {
    private static final Frame PICTURE = TestMedia.picture(40, 30);

    private static final List<byte[]> SEEDS = List.of(
            TestMedia.jpegWithOrientation(PICTURE, 6, ByteOrder.LITTLE_ENDIAN),
            TestMedia.encoded(PICTURE, ".jpg", opencv_imgcodecs.IMWRITE_JPEG_PROGRESSIVE, 1),
            TestMedia.pngWithChunk(
                    TestMedia.encoded(PICTURE, ".png"), "eXIf", TestMedia.exifBlock(3, ByteOrder.BIG_ENDIAN)),
            TestMedia.encoded(PICTURE, ".webp", opencv_imgcodecs.IMWRITE_WEBP_QUALITY, 80),
            TestMedia.encoded(PICTURE, ".webp", opencv_imgcodecs.IMWRITE_WEBP_QUALITY, 101),
            TestMedia.encoded(PICTURE, ".gif"),
            TestMedia.encoded(PICTURE, ".bmp"),
            TestMedia.encoded(PICTURE, ".tif"));

    /** Small, so that a header that lies about its size is refused or cheap. */
    private static final MediaDecoder DECODER = new MediaDecoder(
            new DecodeLimits(1 << 20, 1 << 20, 1 << 20, 1 << 20, 10, Duration.ofMinutes(1)), new DecodeBudget(1 << 22));

    @Property(tries = 1500)
    void damagedFilesAreDecodedOrRefused(
            @ForAll @IntRange(min = 0, max = 7) int seed,
            @ForAll @IntRange(min = 1, max = 12) int damages,
            @ForAll long chance) {
        byte[] bytes = SEEDS.get(seed).clone();
        Random random = new Random(chance);
        for (int i = 0; i < damages; i++) {
            // Mostly headers: that is where sizes and offsets stand.
            int range = random.nextInt(4) == 0 ? bytes.length : Math.min(bytes.length, 120);
            bytes[random.nextInt(range)] = (byte) random.nextInt(256);
        }
        if (random.nextInt(4) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }

        assertAnswered(bytes);
    }

    @Property(tries = 500)
    void noiseBehindASignatureIsDecodedOrRefused(
            @ForAll @IntRange(min = 0, max = 7) int seed, @ForAll @Size(max = 300) byte[] noise) {
        assertAnswered(TestMedia.concat(Arrays.copyOf(SEEDS.get(seed), 14), noise));
    }

    @Property(tries = 500)
    void damagedExifNeverCostsThePhoto(
            @ForAll @Size(max = 80) byte[] noise, @ForAll @IntRange(min = 0, max = 26) int kept) {
        byte[] exif = TestMedia.concat(Arrays.copyOf(TestMedia.exifBlock(6, ByteOrder.BIG_ENDIAN), kept), noise);

        assertThat(TiffHeader.exifOrientation(exif)).isBetween(1, 8);
    }

    private static void assertAnswered(byte[] bytes) {
        try {
            Frame frame = DECODER.decode(MediaSource.of(bytes), DecodeRequest.FULL)
                    .frames()
                    .get(0);
            assertThat(frame.rgb()).isNotEmpty();
        } catch (ScoringException e) {
            assertThat(e.reason().kind()).isEqualTo(ErrorReason.Kind.CALLER);
        }
    }
}
