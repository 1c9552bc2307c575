package org.loupe.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.loupe.decode.TestMedia.refusal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.modelpackage.Manifest.MediaKind;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class VideoDecodeTest {
    private static final TestVideo CLIP = new TestVideo("mp4", "mpeg4", 91, 30, 1, 12, 2, true);
    private static final byte[] CLIP_BYTES = CLIP.bytes();

    @ParameterizedTest
    @CsvSource({
        "mp4, mpeg4, video/mp4",
        "mov, mpeg4, video/quicktime",
        "avi, mpeg4, video/x-msvideo",
        "avi, mjpeg, video/x-msvideo",
        "mkv, mpeg4, video/x-matroska",
        "webm, libvpx, video/webm",
        "webm, libvpx-vp9, video/webm"
    })
    void takesOneFrameASecondOfEveryContainer(String container, String encoder, String mediaType) {
        DecodedMedia media = TestMedia.DECODER.decode(
                MediaSource.of(TestVideo.of(container, encoder, 77, 25).bytes()), DecodeRequest.FULL);

        assertThat(media.mediaType()).isEqualTo(mediaType);
        assertThat(media.kind()).isEqualTo(MediaKind.VIDEO);
        assertThat(media.width()).isEqualTo(TestVideo.WIDTH);
        assertThat(media.height()).isEqualTo(TestVideo.HEIGHT);
        assertThat(media.truncated()).isFalse();
        assertThat(numbers(media)).containsExactly(0, 25, 50);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "90; 30; 1; 0,30,60",
                "91; 30000; 1001; 0,29,59",
                "250; 25; 1; 0,25,50,75,100,125,150,175,200,225",
                "300; 60000; 1001; 0,59,119,179,239",
                "61; 25; 2; 0,12,25,37"
            })
    void takesTheFramesTheReferenceTakes(int frames, int rate, int rateBase, String expected) {
        for (int keyEvery : new int[] {1, 12, 400}) {
            byte[] clip = new TestVideo("mp4", "mpeg4", frames, rate, rateBase, keyEvery, 0, false).bytes();

            assertThat(numbers(TestMedia.DECODER.decode(MediaSource.of(clip), DecodeRequest.FULL)))
                    .containsExactlyElementsOf(Arrays.stream(expected.split(","))
                            .map(Integer::valueOf)
                            .toList());
        }
    }

    @ParameterizedTest
    @CsvSource({"mov, asv1", "mkv, ffv1", "avi, rawvideo"})
    void codingsThatHardlyAnybodyWritesReachNoDecoder(String container, String encoder) {
        assertThatThrownBy(() -> TestMedia.DECODER.decode(
                        MediaSource.of(TestVideo.of(container, encoder, 3, 3).bytes()), DecodeRequest.FULL))
                .isInstanceOf(ScoringException.class)
                .hasMessageContaining("in the coding " + encoder)
                .extracting(e -> ((ScoringException) e).reason())
                .isEqualTo(ErrorReason.UNSUPPORTED_MEDIA_TYPE);
    }

    @Test
    void anAvifPhotoIsAStill() {
        DecodedMedia photo = TestMedia.DECODER.decode(
                MediaSource.of(TestVideo.of("avif", "libaom-av1", 1, 1).bytes()), DecodeRequest.FULL);

        assertThat(photo.kind()).isEqualTo(MediaKind.IMAGE);
        assertThat(photo.mediaType()).isEqualTo("image/avif");
        assertThat(photo.frames()).hasSize(1);
        assertThat(photo.width()).isEqualTo(TestVideo.WIDTH);
    }

    @Test
    void oneSecondAloneIsTheFrameOfThatSecond() {
        MediaSource clip = MediaSource.of(TestVideo.of("mp4", "mpeg4", 300, 30).bytes());

        for (int second : new int[] {0, 3, 9}) {
            assertThat(TestVideo.number(TestMedia.DECODER.frameAt(clip, second, Orientation.APPLY)))
                    .isEqualTo(30 * second);
        }
        assertThatThrownBy(() -> TestMedia.DECODER.frameAt(clip, 10, Orientation.APPLY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0..9");
    }

    @Test
    void countsTheFramesItWouldHandOnWithoutDecoding() {
        for (int frames : new int[] {20, 95, 300}) {
            MediaSource clip =
                    MediaSource.of(TestVideo.of("mp4", "mpeg4", frames, 30).bytes());
            assertThat(TestMedia.DECODER.frames(clip))
                    .isEqualTo(TestMedia.DECODER
                            .decode(clip, DecodeRequest.FULL)
                            .frames()
                            .size());
        }
        assertThat(TestMedia.DECODER.frames(MediaSource.of(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff})))
                .as("of a still nothing is read but its type")
                .isEqualTo(1);
    }

    @Test
    void reorderedFramesAreCountedAsTheyAreShown() {
        for (String container : new String[] {"mp4", "mkv"}) {
            byte[] clip = new TestVideo(container, "mpeg4", 95, 30, 1, 9, 2, false).bytes();

            assertThat(numbers(TestMedia.DECODER.decode(MediaSource.of(clip), DecodeRequest.FULL)))
                    .containsExactly(0, 30, 60);
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "24"})
    void aClipUnderASecondGivesItsFirstFrame(int frames) {
        byte[] clip = TestVideo.of("mp4", "mpeg4", frames, 30).bytes();

        assertThat(numbers(TestMedia.DECODER.decode(MediaSource.of(clip), DecodeRequest.FULL)))
                .containsExactly(0);
    }

    @Test
    void readsAFileAsItReadsBytes(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("cl\u00ecp %d.dat");
        Files.write(file, CLIP_BYTES);

        assertThat(numbers(TestMedia.DECODER.decode(MediaSource.of(file), DecodeRequest.FULL)))
                .containsExactly(0, 30, 60);
    }

    @Test
    void framesAreDeliveredOneByOne() {
        List<Integer> seconds = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();

        MediaInfo info = TestMedia.DECODER.decode(MediaSource.of(CLIP_BYTES), DecodeRequest.FULL, (index, frame) -> {
            seconds.add(index);
            numbers.add(TestVideo.number(frame));
        });

        assertThat(info.frames()).isEqualTo(3);
        assertThat(seconds).containsExactly(0, 1, 2);
        assertThat(numbers).containsExactly(0, 30, 60);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, 0, 1, 1",
        "-1, 0, 0, 1, 2",
        "-1, 0, 0, -1, 3",
        "1, 0, 0, -1, 4",
        "0, 1, 1, 0, 5",
        "0, 1, -1, 0, 6",
        "0, -1, -1, 0, 7",
        "0, -1, 1, 0, 8"
    })
    void theDisplayMatrixTurnsTheFrames(int a, int b, int c, int d, int exifOrientation) {
        byte[] turned = TestVideo.withMatrix(CLIP_BYTES, a, b, c, d);

        DecodedMedia upright = TestMedia.DECODER.decode(MediaSource.of(turned), DecodeRequest.FULL);
        DecodedMedia stored = TestMedia.DECODER.decode(
                MediaSource.of(turned), new DecodeRequest(DecodeReduction.NONE, Orientation.IGNORE));

        assertThat(upright.width()).isEqualTo(exifOrientation >= 5 ? TestVideo.HEIGHT : TestVideo.WIDTH);
        assertThat(stored.width()).isEqualTo(TestVideo.WIDTH);
        assertThat(numbers(stored)).containsExactly(0, 30, 60);
        assertThat(TestMedia.distance(
                        upright.frames().get(1), turned(stored.frames().get(1), a, b, c, d)))
                .isZero();
    }

    @Test
    void aClipCutShortGivesTheFramesItHas() {
        DecodedMedia media = TestMedia.DECODER.decode(
                MediaSource.of(Arrays.copyOf(CLIP_BYTES, CLIP_BYTES.length * 6 / 10)), DecodeRequest.FULL);

        assertThat(media.truncated()).isTrue();
        assertThat(numbers(media)).startsWith(0).hasSizeBetween(1, 2);
    }

    @Test
    void aClipCutBeforeItsIndexIsCorrupt() {
        byte[] indexLast = TestVideo.of("mp4", "mpeg4", 60, 30).bytes();

        assertThat(refusal(Arrays.copyOf(indexLast, indexLast.length / 2))).isEqualTo(ErrorReason.MEDIA_CORRUPT);
    }

    /** What is left behind such an offset, narrowed to an int, is a positive number again: it was once copied over the native heap. */
    @ParameterizedTest
    @CsvSource({"0x80000100", "0xc0000000", "0xfffffff0"})
    void chunksGigabytesBehindTheEndAreRefused(String offset, @TempDir Path directory) throws Exception {
        byte[] clip = CLIP_BYTES.clone();
        int table = new String(clip, StandardCharsets.ISO_8859_1).indexOf("stco") + 8;
        ByteBuffer buffer = ByteBuffer.wrap(clip);
        for (int i = 1; i <= buffer.getInt(table); i++) {
            buffer.putInt(table + 4 * i, Long.decode(offset).intValue());
        }
        Path file = directory.resolve("clip.mp4");
        Files.write(file, clip);

        for (MediaSource source : List.of(MediaSource.of(clip), MediaSource.of(file))) {
            assertThatThrownBy(() -> TestMedia.DECODER.decode(source, DecodeRequest.FULL))
                    .isInstanceOf(ScoringException.class)
                    .extracting(e -> ((ScoringException) e).reason().kind())
                    .isEqualTo(ErrorReason.Kind.CALLER);
        }
    }

    @Test
    void aFileWithoutAPictureTrackHasNoFrames() {
        byte[] sound = CLIP_BYTES.clone();
        int handler = new String(sound, StandardCharsets.ISO_8859_1).indexOf("vide");
        System.arraycopy("soun".getBytes(StandardCharsets.US_ASCII), 0, sound, handler, 4);

        assertThat(refusal(sound)).isEqualTo(ErrorReason.VIDEO_NO_FRAMES);
    }

    @Test
    void limitsAreHeldForSizeLengthAndFrames() {
        for (DecodeLimits limits : List.of(
                new DecodeLimits(1000, 1000, 1 << 20, 1 << 20, 100, Duration.ofMinutes(1)),
                new DecodeLimits(1000, 1 << 20, 1 << 20, 80 * 32 - 1, 100, Duration.ofMinutes(1)),
                new DecodeLimits(1000, 1 << 20, 1 << 20, 1 << 20, 2, Duration.ofMinutes(1)),
                new DecodeLimits(1000, 1 << 20, 1 << 20, 1 << 20, 100, Duration.ofSeconds(2)),
                new DecodeLimits(1000, 1 << 20, 80 * 32 * 2, 1 << 20, 100, Duration.ofMinutes(1)))) {
            MediaDecoder strict = new MediaDecoder(limits, new DecodeBudget(1 << 20));

            assertThat(refusal(strict, CLIP_BYTES)).isEqualTo(ErrorReason.MEDIA_TOO_LARGE);
        }
    }

    @Test
    void anInterruptedDecodeIsCancelled() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> TestMedia.DECODER.decode(MediaSource.of(CLIP_BYTES), DecodeRequest.FULL))
                .isInstanceOf(ScoringException.class)
                .extracting(e -> ((ScoringException) e).reason())
                .isEqualTo(ErrorReason.CANCELLED);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void manyClipsAreDecodedSideBySide() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            List<Future<List<Integer>>> clips = new ArrayList<>();
            for (int i = 0; i < 48; i++) {
                clips.add(threads.submit(
                        () -> numbers(TestMedia.DECODER.decode(MediaSource.of(CLIP_BYTES), DecodeRequest.FULL))));
            }
            for (Future<List<Integer>> clip : clips) {
                assertThat(clip.get()).containsExactly(0, 30, 60);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Property(tries = 150)
    void damagedClipsAreDecodedOrRefused(@ForAll long chance) {
        Random random = new Random(chance);
        byte[] bytes = CLIP_BYTES.clone();
        for (int i = 0; i < 1 + random.nextInt(20); i++) {
            int range = random.nextBoolean() ? bytes.length : Math.min(2500, bytes.length);
            bytes[random.nextInt(range)] = (byte) random.nextInt(256);
        }
        try {
            assertThat(TestMedia.DECODER
                            .decode(MediaSource.of(bytes), DecodeRequest.FULL)
                            .frames())
                    .isNotEmpty();
        } catch (ScoringException e) {
            assertThat(e.reason().kind()).isEqualTo(ErrorReason.Kind.CALLER);
        }
    }

    private static List<Integer> numbers(DecodedMedia media) {
        return media.frames().stream().map(TestVideo::number).toList();
    }

    /** The definition of a display matrix, point by point. */
    private static Frame turned(Frame stored, int a, int b, int c, int d) {
        int width = a == 0 ? stored.height() : stored.width();
        int height = a == 0 ? stored.width() : stored.height();
        byte[] rgb = new byte[stored.rgb().length];
        for (int y = 0; y < stored.height(); y++) {
            for (int x = 0; x < stored.width(); x++) {
                int column = a * x + c * y;
                int row = b * x + d * y;
                // A negative direction starts at the far side.
                column = a + c < 0 ? width - 1 + column : column;
                row = b + d < 0 ? height - 1 + row : row;
                System.arraycopy(stored.rgb(), (y * stored.width() + x) * 3, rgb, (row * width + column) * 3, 3);
            }
        }
        return new Frame(width, height, rgb);
    }
}
