package org.loupe.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.decode.Frame;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.Manifest.Mode;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class PreprocessorsTest {
    private static final Preprocessor NATIVE =
            Preprocessors.of(new Manifest.Input(Mode.NATIVE, null, null, 512, 1024, null, null, "area"));

    @ParameterizedTest
    @CsvSource({
        "512, 512, 512, 512",
        "300, 200, 300, 200",
        "6000, 4000, 768, 512",
        "4000, 6000, 512, 768",
        "1620, 97, 1024, 61",
        "5000, 1, 1024, 1",
        "513, 900, 512, 898"
    })
    void nativeModeReducesToBothBoundsAndNeverEnlarges(int width, int height, int toWidth, int toHeight) {
        Frame frame = new Frame(width, height, new byte[width * height * 3]);

        Frame pixels = NATIVE.apply(frame);

        assertThat(List.of(pixels.width(), pixels.height())).containsExactly(toWidth, toHeight);
    }

    @Test
    void nativeModeReturnsASmallPhotoUntouched() {
        Frame frame = PillowBicubicTest.pattern(400, 300, 3);

        assertThat(NATIVE.apply(frame)).isSameAs(frame);
    }

    @Test
    void areaReductionAverages() {
        byte[] rgb = new byte[1024 * 1024 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3 % 2 == 0 ? 40 : 60);
        }

        Frame pixels = NATIVE.apply(new Frame(1024, 1024, rgb));

        assertThat(pixels.rgb()).containsOnly((byte) 50);
    }

    @ParameterizedTest
    @CsvSource({
        "6000, 4000, 4",
        "4000, 6000, 4",
        "4032, 3024, 4",
        "7168, 100, 4",
        "7168, 104, 8",
        "1920, 1080, 2",
        "6001, 4000, 1",
        "6002, 4000, 2",
        "1600, 1200, 1",
        "448, 448, 1"
    })
    void padSquareReducesWhileTwiceTheSideIsLeft(int width, int height, int reduction) {
        assertThat(padSquare(448).decodeReduction(width, height)).isEqualTo(reduction);
    }

    @Test
    void padSquareSurroundsALandscapeWithThePadColour() {
        Frame square = padSquare(56).apply(new Frame(112, 28, new byte[112 * 28 * 3]));

        assertThat(Arrays.copyOf(square.rgb(), 3)).containsExactly(122, 116, 104);
        assertThat(Arrays.copyOfRange(square.rgb(), (28 * 56 + 28) * 3, (28 * 56 + 29) * 3))
                .containsOnly((byte) 0);
    }

    @Test
    void framesOfChangingSizesDoNotDisturbEachOther() {
        Preprocessor padSquare = padSquare(56);
        Frame first = PillowBicubicTest.pattern(80, 60, 1);
        byte[] before = padSquare.apply(first).rgb();

        padSquare.apply(PillowBicubicTest.pattern(200, 10, 2));

        assertThat(padSquare.apply(first).rgb()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({"6000, 4000, 2", "4096, 4096, 2", "4000, 3000, 1", "6001, 4000, 1", "2048, 1024, 1", "300, 200, 1"})
    void nativeModeHalvesOnlyWhatIsFarTooLarge(int width, int height, int reduction) {
        assertThat(NATIVE.decodeReduction(width, height)).isEqualTo(reduction);
    }

    @Property
    void aReducedDecodeDividesTheSidesAndKeepsItsMargin(
            @ForAll @IntRange(min = 1, max = 70_000) int width, @ForAll @IntRange(min = 1, max = 70_000) int height) {
        int small = NATIVE.decodeReduction(width, height);
        int square = padSquare(448).decodeReduction(width, height);
        double scale = Math.min(1, Math.min(512.0 / Math.min(width, height), 1024.0 / Math.max(width, height)));

        assertThat(List.of(width % small, height % small, width % square, height % square))
                .containsOnly(0);
        assertThat(small == 1 || (double) width / small >= 3.5 * Math.max(1, Math.round(width * scale)))
                .isTrue();
        assertThat(square == 1 || Math.max(width, height) / square >= 896).isTrue();
    }

    @Test
    void refusesAManifestThatLacksWhatItsModeNeeds() {
        for (Manifest.Input input : List.of(
                new Manifest.Input(Mode.PAD_SQUARE, null, List.of(1, 2, 3), null, null, null, null, "pillow-bicubic"),
                new Manifest.Input(Mode.PAD_SQUARE, 448, List.of(1, 2, 300), null, null, null, null, "pillow-bicubic"),
                new Manifest.Input(Mode.PAD_SQUARE, 448, List.of(1, 2, 3), null, null, null, null, "area"),
                new Manifest.Input(Mode.NATIVE, null, null, 512, null, null, null, "area"),
                new Manifest.Input(Mode.NATIVE, null, null, 512, 100, null, null, "area"))) {
            assertThatThrownBy(() -> Preprocessors.of(input))
                    .isInstanceOf(ScoringException.class)
                    .extracting(e -> ((ScoringException) e).reason())
                    .isEqualTo(ErrorReason.MODEL_PACKAGE_INVALID);
        }
    }

    private static Preprocessor padSquare(int side) {
        return Preprocessors.of(new Manifest.Input(
                Mode.PAD_SQUARE, side, List.of(122, 116, 104), null, null, null, null, "pillow-bicubic"));
    }
}
