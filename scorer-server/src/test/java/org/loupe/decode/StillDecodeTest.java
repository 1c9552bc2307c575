package org.loupe.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.opencv.global.opencv_core.CV_16UC3;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC4;
import static org.loupe.decode.TestMedia.concat;
import static org.loupe.decode.TestMedia.decoded;
import static org.loupe.decode.TestMedia.distance;
import static org.loupe.decode.TestMedia.encoded;
import static org.loupe.decode.TestMedia.picture;
import static org.loupe.decode.TestMedia.refusal;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.modelpackage.Manifest.MediaKind;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class StillDecodeTest {
    private static final Frame PICTURE = picture(64, 48);

    @ParameterizedTest
    @CsvSource({".png, image/png", ".bmp, image/bmp", ".tif, image/tiff"})
    void losslessFormatsComeBackAsTheyWere(String extension, String mediaType) {
        DecodedMedia media = TestMedia.DECODER.decode(MediaSource.of(encoded(PICTURE, extension)), DecodeRequest.FULL);

        assertThat(media.mediaType()).isEqualTo(mediaType);
        assertThat(media.kind()).isEqualTo(MediaKind.IMAGE);
        assertThat(media.width()).isEqualTo(64);
        assertThat(media.height()).isEqualTo(48);
        assertThat(media.frames()).hasSize(1);
        assertThat(media.frames().get(0).rgb()).isEqualTo(PICTURE.rgb());
    }

    @Test
    void losslessWebpComesBackAsItWas() {
        byte[] webp = encoded(PICTURE, ".webp", opencv_imgcodecs.IMWRITE_WEBP_QUALITY, 101);

        assertThat(decoded(webp).rgb()).isEqualTo(PICTURE.rgb());
    }

    @ParameterizedTest
    @ValueSource(strings = {".jpg", ".webp"})
    void lossyFormatsComeBackInTheRightColours(String extension) {
        assertThat(averageDistance(decoded(encoded(PICTURE, extension)), PICTURE))
                .isLessThan(6);
    }

    @Test
    void gifColoursAreThoseOfAnotherReader() throws Exception {
        byte[] gif = encoded(PICTURE, ".gif");
        BufferedImage other = ImageIO.read(new ByteArrayInputStream(gif));

        Frame frame = decoded(gif);

        for (int i = 0; i < 64 * 48; i++) {
            int rgb = other.getRGB(i % 64, i / 64);
            assertThat(Arrays.copyOfRange(frame.rgb(), 3 * i, 3 * i + 3))
                    .containsExactly((byte) (rgb >> 16), (byte) (rgb >> 8), (byte) rgb);
        }
    }

    @Test
    void progressiveJpegEqualsBaseline() {
        byte[] baseline = encoded(PICTURE, ".jpg", opencv_imgcodecs.IMWRITE_JPEG_QUALITY, 90);
        byte[] progressive = encoded(
                PICTURE,
                ".jpg",
                opencv_imgcodecs.IMWRITE_JPEG_QUALITY,
                90,
                opencv_imgcodecs.IMWRITE_JPEG_PROGRESSIVE,
                1);

        assertThat(progressive).isNotEqualTo(baseline);
        assertThat(decoded(progressive).rgb()).isEqualTo(decoded(baseline).rgb());
    }

    @Test
    void readsAFileAsItReadsBytes(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("named.wrongly.mp4");
        Files.write(file, encoded(PICTURE, ".png"));

        assertThat(TestMedia.DECODER
                        .decode(MediaSource.of(file), DecodeRequest.FULL)
                        .frames()
                        .get(0)
                        .rgb())
                .isEqualTo(PICTURE.rgb());
    }

    @Test
    void greyBecomesThreeEqualChannels() {
        try (PointerScope scope = new PointerScope()) {
            Mat grey = new Mat(20, 30, CV_8UC1, new Scalar(77));

            for (String extension : new String[] {".png", ".tif", ".bmp", ".jpg"}) {
                assertThat(decoded(encoded(grey, extension)).rgb())
                        .hasSize(1800)
                        .containsOnly((byte) 77);
            }
        }
    }

    @Test
    void alphaIsDroppedNotBlended() {
        try (PointerScope scope = new PointerScope()) {
            Mat transparent = new Mat(16, 16, CV_8UC4, new Scalar(50, 100, 200, 0));
            byte[] webp = encoded(transparent, ".webp", opencv_imgcodecs.IMWRITE_WEBP_QUALITY, 80);

            for (byte[] file : new byte[][] {encoded(transparent, ".png"), encoded(transparent, ".tif")}) {
                assertThat(Arrays.copyOf(decoded(file).rgb(), 3)).containsExactly((byte) 200, 100, 50);
            }
            assertThat(decoded(webp).width()).isEqualTo(16);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".png", ".tif"})
    void sixteenBitsKeepTheirUpperEight(String extension) {
        try (PointerScope scope = new PointerScope()) {
            Mat deep = new Mat(8, 8, CV_16UC3, new Scalar(0x10ff, 0x8000, 0xff01, 0));

            assertThat(Arrays.copyOf(decoded(encoded(deep, extension)).rgb(), 3))
                    .containsExactly((byte) 0xff, (byte) 0x80, (byte) 0x10);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void exifOrientationTurnsThePictureUpright(int orientation) {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            byte[] jpeg = TestMedia.jpegWithOrientation(stored(PICTURE, orientation), orientation, order);

            DecodedMedia media = TestMedia.DECODER.decode(MediaSource.of(jpeg), DecodeRequest.FULL);

            assertThat(media.width()).isEqualTo(64);
            assertThat(averageDistance(media.frames().get(0), PICTURE)).isLessThan(6);
        }
    }

    @Test
    void ignoredOrientationLeavesThePixelsAsStored() {
        byte[] jpeg = TestMedia.jpegWithOrientation(PICTURE, 6, ByteOrder.BIG_ENDIAN);

        DecodedMedia media = TestMedia.DECODER.decode(
                MediaSource.of(jpeg), new DecodeRequest(DecodeReduction.NONE, Orientation.IGNORE));

        assertThat(media.width()).isEqualTo(64);
        assertThat(averageDistance(media.frames().get(0), PICTURE)).isLessThan(6);
    }

    @Test
    void pngOrientationIsRead() {
        byte[] png = TestMedia.pngWithChunk(
                encoded(stored(PICTURE, 8), ".png"), "eXIf", TestMedia.exifBlock(8, ByteOrder.LITTLE_ENDIAN));

        assertThat(decoded(png).rgb()).isEqualTo(PICTURE.rgb());
    }

    @Test
    void anOrientationThatDoesNotExistIsUpright() {
        byte[] jpeg = TestMedia.jpegWithOrientation(PICTURE, 9, ByteOrder.BIG_ENDIAN);

        assertThat(averageDistance(decoded(jpeg), PICTURE)).isLessThan(6);
    }

    @ParameterizedTest
    @CsvSource({"2, 33, 25", "4, 17, 13", "8, 9, 7"})
    void jpegIsReducedWhileItIsDecoded(int reduction, int width, int height) {
        byte[] jpeg = encoded(picture(65, 49), ".jpg");

        DecodedMedia media = TestMedia.DECODER.decode(
                MediaSource.of(jpeg), new DecodeRequest((w, h) -> reduction, Orientation.APPLY));

        assertThat(media.width()).isEqualTo(65);
        assertThat(media.frames().get(0).width()).isEqualTo(width);
        assertThat(media.frames().get(0).height()).isEqualTo(height);
    }

    @Test
    void onlyJpegIsReduced() {
        DecodedMedia media = TestMedia.DECODER.decode(
                MediaSource.of(encoded(PICTURE, ".png")), new DecodeRequest((w, h) -> 8, Orientation.APPLY));

        assertThat(media.frames().get(0).rgb()).isEqualTo(PICTURE.rgb());
    }

    @Test
    void reductionIsAskedForTheUprightPicture() {
        byte[] jpeg = TestMedia.jpegWithOrientation(PICTURE, 6, ByteOrder.BIG_ENDIAN);
        int[] asked = new int[2];

        TestMedia.DECODER.decode(
                MediaSource.of(jpeg),
                new DecodeRequest(
                        (width, height) -> {
                            asked[0] = width;
                            asked[1] = height;
                            return 1;
                        },
                        Orientation.APPLY));

        assertThat(asked).containsExactly(48, 64);
    }

    @ParameterizedTest
    @ValueSource(strings = {".jpg", ".png", ".webp", ".bmp", ".tif", ".gif"})
    void aFileCutShortIsCorrupt(String extension) {
        byte[] whole = encoded(picture(120, 90), extension);

        assertThat(refusal(Arrays.copyOf(whole, whole.length / 2))).isEqualTo(ErrorReason.MEDIA_CORRUPT);
        assertThat(refusal(Arrays.copyOf(whole, whole.length - 3))).isEqualTo(ErrorReason.MEDIA_CORRUPT);
    }

    @ParameterizedTest
    @ValueSource(strings = {".jpg", ".png", ".webp", ".bmp", ".gif"})
    void foreignBytesBehindAPhotoDoNoHarm(String extension) {
        byte[] file = encoded(PICTURE, extension);

        assertThat(decoded(concat(file, "PK and the rest of an archive".getBytes(StandardCharsets.UTF_8)))
                        .rgb())
                .isEqualTo(decoded(file).rgb());
    }

    @Test
    void aWrongPngChecksumIsCorrupt() {
        byte[] png = encoded(PICTURE, ".png");
        png[60] ^= 1;

        assertThat(refusal(png)).isEqualTo(ErrorReason.MEDIA_CORRUPT);
    }

    @Test
    void pngTextIsNeverInflated() {
        byte[] nonsense = concat("Comment\0\0".getBytes(StandardCharsets.ISO_8859_1), new byte[] {1, 2, 3, 4});

        byte[] png = TestMedia.pngWithChunk(encoded(PICTURE, ".png"), "zTXt", nonsense);

        assertThat(decoded(png).rgb()).isEqualTo(PICTURE.rgb());
    }

    @Test
    void aPhotoOverThePixelLimitIsRefusedFromItsHeader() {
        MediaDecoder strict = new MediaDecoder(
                new DecodeLimits(1 << 20, 1 << 20, 64 * 48 - 1, 1000, 10, java.time.Duration.ofMinutes(1)),
                new DecodeBudget(1 << 20));

        for (String extension : new String[] {".jpg", ".png", ".webp", ".bmp", ".tif", ".gif"}) {
            assertThat(refusal(strict, encoded(PICTURE, extension))).isEqualTo(ErrorReason.MEDIA_TOO_LARGE);
        }
    }

    @Test
    void aHeaderThatClaimsAHugeCanvasIsRefusedBeforeItsPixelsAreMissed() {
        byte[] png = Arrays.copyOf(encoded(PICTURE, ".png"), 40);
        png[16] = 0x7f; // width of two thousand million
        byte[] gif = encoded(PICTURE, ".gif");
        Arrays.fill(gif, 6, 10, (byte) 0xff);

        assertThat(refusal(png)).isEqualTo(ErrorReason.MEDIA_TOO_LARGE);
        assertThat(refusal(gif)).isEqualTo(ErrorReason.MEDIA_TOO_LARGE);
    }

    @Test
    void aPhotoOverTheByteLimitIsRefused() {
        MediaDecoder strict = new MediaDecoder(
                new DecodeLimits(100, 100, 1 << 20, 1000, 10, java.time.Duration.ofMinutes(1)),
                new DecodeBudget(1 << 20));

        assertThat(refusal(strict, encoded(PICTURE, ".png"))).isEqualTo(ErrorReason.MEDIA_TOO_LARGE);
    }

    @Test
    void noBytesAreNoMedium() {
        assertThat(refusal(new byte[0])).isEqualTo(ErrorReason.MEDIA_EMPTY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain text",
                "<html><body>404 Not Found</body></html>",
                "%PDF-1.4\n%",
                "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>"
            })
    void whatIsNoPhotoIsUnsupported(String text) {
        assertThat(refusal(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(ErrorReason.UNSUPPORTED_MEDIA_TYPE);
    }

    @Test
    void twelveBitJpegIsUnsupported() {
        byte[] jpeg = encoded(PICTURE, ".jpg");
        for (int i = 0; i < jpeg.length - 4; i++) {
            if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) 0xc0) {
                jpeg[i + 4] = 12;
                break;
            }
        }

        assertThat(refusal(jpeg)).isEqualTo(ErrorReason.UNSUPPORTED_MEDIA_TYPE);
    }

    @Test
    void aTiffInARareCompressionReachesNoDecoder() {
        byte[] tiff = encoded(PICTURE, ".tif");
        ByteReader reader = ByteReader.littleEndian(tiff);
        int entry = (int) reader.u32(4) + 2;
        while (reader.u16(entry) != 259) {
            entry += 12;
        }
        tiff[entry + 8] = (byte) (34676 & 0xff); // SGI's logarithmic luminance
        tiff[entry + 9] = (byte) (34676 >> 8);

        assertThat(refusal(tiff)).isEqualTo(ErrorReason.UNSUPPORTED_MEDIA_TYPE);
    }

    @Test
    void aTiffThatPointsToItselfIsCorrupt() {
        byte[] tiff = encoded(PICTURE, ".tif");
        ByteReader reader = ByteReader.littleEndian(tiff);
        int directory = (int) reader.u32(4);
        int next = directory + 2 + 12 * reader.u16(directory);
        for (int i = 0; i < 4; i++) {
            tiff[next + i] = (byte) (directory >> (8 * i));
        }

        assertThat(refusal(tiff)).isEqualTo(ErrorReason.MEDIA_CORRUPT);
    }

    @Test
    void aMissingFileIsAnIoFailure(@TempDir Path directory) {
        assertThatThrownBy(() ->
                        TestMedia.DECODER.decode(MediaSource.of(directory.resolve("gone.jpg")), DecodeRequest.FULL))
                .isInstanceOf(ScoringException.class)
                .extracting(e -> ((ScoringException) e).reason())
                .isEqualTo(ErrorReason.IO_FAILED);
    }

    /** What a camera stores so that the orientation makes the picture of it; plain index arithmetic after the EXIF table. */
    private static Frame stored(Frame upright, int orientation) {
        boolean turned = orientation >= 5;
        int width = turned ? upright.height() : upright.width();
        int height = turned ? upright.width() : upright.height();
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < upright.height(); y++) {
            for (int x = 0; x < upright.width(); x++) {
                int right = upright.width() - 1 - x;
                int up = upright.height() - 1 - y;
                // Which visual side the stored first row and first column are: 5 left/top, 6 right/top, 7 right/bottom,
                // 8 left/bottom.
                int column =
                        switch (orientation) {
                            case 1, 4 -> x;
                            case 2, 3 -> right;
                            case 5, 6 -> y;
                            default -> up;
                        };
                int row =
                        switch (orientation) {
                            case 1, 2 -> y;
                            case 3, 4 -> up;
                            case 5, 8 -> x;
                            default -> right;
                        };
                System.arraycopy(upright.rgb(), (y * upright.width() + x) * 3, rgb, (row * width + column) * 3, 3);
            }
        }
        return new Frame(width, height, rgb);
    }

    private static double averageDistance(Frame a, Frame b) {
        assertThat(distance(a, b)).isLessThan(256);
        long sum = 0;
        for (int i = 0; i < a.rgb().length; i++) {
            sum += Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff));
        }
        return (double) sum / a.rgb().length;
    }
}
