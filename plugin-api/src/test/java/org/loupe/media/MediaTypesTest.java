package org.loupe.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class MediaTypesTest {
    @ParameterizedTest
    @CsvSource({"jpg,image/jpeg", "png,image/png", "gif,image/gif", "bmp,image/bmp", "tiff,image/tiff"})
    void tellsStillsFromTheirBytes(String format, String type) throws IOException {
        assertThat(MediaTypes.detect(picture(format))).isEqualTo(type);
        assertThat(MediaTypes.isStill(type)).isTrue();
        assertThat(MediaTypes.isVideo(type)).isFalse();
        assertThat(MediaTypes.isSupported(type)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "isom,video/mp4",
        "mp42,video/mp4",
        "'M4V ',video/mp4",
        "'qt  ',video/quicktime",
        "'M4A ',audio/mp4",
        "avif,image/avif",
        "heic,image/heic",
        "mif1,image/heif"
    })
    void tellsTheIsoFamilyByItsBrand(String brand, String type) {
        assertThat(MediaTypes.detect(iso(brand))).isEqualTo(type);
    }

    @ParameterizedTest
    @ValueSource(strings = {"heic", "heix", "avif", "mif1"})
    void photosOfPhonesAreStills(String brand) {
        byte[] bytes = new byte[32];
        System.arraycopy(("ftyp" + brand).getBytes(StandardCharsets.ISO_8859_1), 0, bytes, 4, 8);

        assertThat(MediaTypes.isStill(MediaTypes.detect(bytes))).isTrue();
    }

    @Test
    void looksAtCompatibleBrandsOfHeif() {
        byte[] bytes = iso("mif1");
        System.arraycopy("avif".getBytes(StandardCharsets.ISO_8859_1), 0, bytes, 20, 4);
        assertThat(MediaTypes.detect(bytes)).isEqualTo("image/avif");
    }

    @Test
    void tellsWebpAndAviApartWithinRiff() {
        assertThat(MediaTypes.detect(ascii("RIFF\u0010\0\0\0WEBPVP8 \0\0\0\0"))).isEqualTo("image/webp");
        assertThat(MediaTypes.detect(ascii("RIFF\u0010\0\0\0AVI LIST\0\0\0\0"))).isEqualTo("video/x-msvideo");
    }

    @Test
    void tellsWebmFromOtherMatroska() {
        assertThat(MediaTypes.detect(ascii("\u001aE\u00df\u00a3\u009fB\u0082\u0084webm")))
                .isEqualTo("video/webm");
        assertThat(MediaTypes.detect(ascii("\u001aE\u00df\u00a3\u00a3B\u0082\u0088matroska")))
                .isEqualTo("video/x-matroska");
    }

    @Test
    void nameNeverOverrulesBytes() throws IOException {
        assertThat(MediaTypes.detect(picture("png"), "holiday.jpg")).isEqualTo("image/png");
        assertThat(MediaTypes.detect(picture("png"), "clip.mp4")).isEqualTo("image/png");
        assertThat(MediaTypes.detect(ascii("this is plain text, not a picture"), "photo.jpg"))
                .isEqualTo("text/plain");
        assertThat(MediaTypes.detect(new byte[0], "photo.jpg")).isEqualTo(MediaTypes.UNKNOWN);
    }

    @Test
    void nameTellsWhatBytesLeaveOpen() throws IOException {
        assertThat(MediaTypes.detect(iso("isom"), "clip.MOV")).isEqualTo("video/quicktime");
        assertThat(MediaTypes.isSupported(MediaTypes.detect(picture("tiff"), "DSC_0001.NEF")))
                .isFalse();
        assertThat(MediaTypes.isSupported(MediaTypes.detect(picture("tiff"), "IMG_1.dng")))
                .isFalse();
        assertThat(MediaTypes.detect(picture("tiff"), "scan.jpg")).isEqualTo("image/tiff");
    }

    @Test
    void knowsWhatIsNotScored() {
        assertThat(MediaTypes.isSupported(MediaTypes.detect(ascii("%PDF-1.7\n"))))
                .isFalse();
        assertThat(MediaTypes.isSupported("image/svg+xml")).isFalse();
        assertThat(MediaTypes.supported()).hasSize(14).allMatch(MediaTypes::isSupported);
    }

    @Test
    void readsOnlyTheBeginningOfAFile(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("photo.dat"), picture("jpg"));
        assertThat(MediaTypes.detect(file)).isEqualTo("image/jpeg");
        assertThatThrownBy(() -> MediaTypes.detect(folder.resolve("absent.jpg")))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.IO_FAILED));
    }

    private static byte[] picture(String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), format, out))
                .isTrue();
        return out.toByteArray();
    }

    private static byte[] iso(String brand) {
        return ascii("\0\0\0\u0018ftyp" + brand + "\0\0\2\0" + brand + brand);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
