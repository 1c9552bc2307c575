package org.loupe.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.loupe.modelpackage.Manifest.MediaKind;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Photos in tiles, as phones store HEIC. */
class TiledPhotoTest {
    private static final int COLUMNS = 3;
    private static final int ROWS = 2;
    // The last tiles reach over the right and the lower edge, as those of a phone do.
    private static final int WIDTH = COLUMNS * TestVideo.WIDTH - 20;
    private static final int HEIGHT = ROWS * TestVideo.HEIGHT - 6;

    @Test
    void everyTileLiesInItsPlaceAndTheOverhangIsCutOff() {
        DecodedMedia photo = decode(new TiledHeif(COLUMNS, ROWS, WIDTH, HEIGHT, 0).bytes(), DecodeRequest.FULL);

        assertThat(photo.kind()).isEqualTo(MediaKind.IMAGE);
        assertThat(photo.mediaType()).isEqualTo("image/avif");
        assertThat(photo.frames()).hasSize(1);
        Frame frame = photo.frames().get(0);
        assertThat(frame.width()).isEqualTo(WIDTH);
        assertThat(frame.height()).isEqualTo(HEIGHT);
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < COLUMNS - 1; column++) {
                assertThat(TestVideo.number(cut(frame, column, row)))
                        .as("row " + row + ", column " + column)
                        .isEqualTo(row * COLUMNS + column);
            }
        }
    }

    @Test
    void theWholeIsTurnedAndNotItsTiles() {
        byte[] turned = new TiledHeif(COLUMNS, ROWS, WIDTH, HEIGHT, 1).bytes();
        Frame upright = decode(turned, DecodeRequest.FULL).frames().get(0);
        Frame stored = decode(turned, new DecodeRequest(DecodeRequest.FULL.reduction(), Orientation.IGNORE))
                .frames()
                .get(0);

        assertThat(upright.width()).isEqualTo(HEIGHT);
        assertThat(upright.height()).isEqualTo(WIDTH);
        assertThat(stored.width()).isEqualTo(WIDTH);
        for (int y = 0; y < HEIGHT; y += 5) {
            for (int x = 0; x < WIDTH; x += 7) { // a quarter turn anticlockwise: the right edge comes up
                assertThat(pixel(upright, y, WIDTH - 1 - x)).isEqualTo(pixel(stored, x, y));
            }
        }
    }

    @Test
    void aPhotoThatLacksATileGetsNoScore() {
        byte[] whole = new TiledHeif(COLUMNS, ROWS, WIDTH, HEIGHT, 0).bytes();
        for (int kept : new int[] {whole.length - 40, whole.length / 2}) {
            assertThatExceptionOfType(ScoringException.class)
                    .isThrownBy(() -> decode(Arrays.copyOf(whole, kept), DecodeRequest.FULL))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(ErrorReason.MEDIA_CORRUPT));
        }
    }

    @Test
    void theWholeIsHeldAgainstTheLimitOfPhotos() {
        DecodeLimits limits = new DecodeLimits(1 << 20, 1 << 20, WIDTH * HEIGHT - 1, 1 << 20, 1, Duration.ofSeconds(1));
        MediaDecoder strict = new MediaDecoder(limits, DecodeBudget.ofHeap());
        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> strict.decode(
                        MediaSource.of(new TiledHeif(COLUMNS, ROWS, WIDTH, HEIGHT, 0).bytes()), DecodeRequest.FULL))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ErrorReason.MEDIA_TOO_LARGE));
    }

    private static DecodedMedia decode(byte[] file, DecodeRequest how) {
        return TestMedia.DECODER.decode(MediaSource.of(file), how);
    }

    private static Frame cut(Frame whole, int column, int row) {
        int height = Math.min(TestVideo.HEIGHT, whole.height() - row * TestVideo.HEIGHT);
        byte[] rgb = new byte[TestVideo.WIDTH * height * 3];
        for (int y = 0; y < height; y++) {
            System.arraycopy(
                    whole.rgb(),
                    ((row * TestVideo.HEIGHT + y) * whole.width() + column * TestVideo.WIDTH) * 3,
                    rgb,
                    y * TestVideo.WIDTH * 3,
                    TestVideo.WIDTH * 3);
        }
        return new Frame(TestVideo.WIDTH, height, rgb);
    }

    private static int pixel(Frame frame, int x, int y) {
        int at = (y * frame.width() + x) * 3;
        return ((frame.rgb()[at] & 0xff) << 16) | ((frame.rgb()[at + 1] & 0xff) << 8) | (frame.rgb()[at + 2] & 0xff);
    }
}
