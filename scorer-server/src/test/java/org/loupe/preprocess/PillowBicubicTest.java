package org.loupe.preprocess;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.decode.Frame;

class PillowBicubicTest {
    private static final byte[] PAD = {122, 116, 104};

    /**
     * The digests were frozen from a build whose results equalled Pillow 9.4.0 byte for byte on five photographs and crops: landscape,
     * square, panorama of 97 lines, 12 MP and an enlargement from 20 x 33.
     */
    @ParameterizedTest
    @CsvSource({
        "162, 108, 56, 1c65573ed2ef95732ff856c89b19ee4c3c78aa0799618c3163200fbee47ba7ea",
        "108, 162, 56, d1c2e119681fef492d1a4a9e2b3495eb4f936f65c7a91c1aace4e2b2488d9fd6",
        "512, 512, 448, b5ddb3d53924a6650858a14442cb7cd964dbc8d8bb72c57498db50fb8461e6cf",
        "1620, 97, 448, caaf7dd8aeb07154bdbebc44a490b848ebbadfa8d088197fbc52ca9eb33cd8a5",
        "20, 33, 448, 03c3aa9811dd9a24232b8b555c77f50adb9cac2786f05b2f89d22b4912022e44",
        "1, 1, 7, a0f48e8ad4266d957d9ded42423668c2ce37a56bb6ebada1122e760952008497",
        "449, 2, 448, f06a6c2e8284ef1dcc51141a8082eb986a5215a7470daf85891d99361f9d7b60"
    })
    void paddedSquareHasPillowsBytes(int width, int height, int side, String sha256) throws Exception {
        Frame square = PillowBicubic.padAndResize(pattern(width, height, 7), side, PAD);

        assertThat(square.width()).isEqualTo(side);
        assertThat(square.height()).isEqualTo(side);
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(square.rgb())))
                .isEqualTo(sha256);
    }

    @Property(tries = 60)
    void fusedPaddingEqualsPaddingFirst(
            @ForAll @IntRange(min = 1, max = 90) int width,
            @ForAll @IntRange(min = 1, max = 90) int height,
            @ForAll @IntRange(min = 1, max = 70) int side,
            @ForAll int seed) {
        Frame frame = pattern(width, height, seed);

        Frame fused = PillowBicubic.padAndResize(frame, side, PAD);

        assertThat(fused.rgb()).isEqualTo(plainResize(padded(frame), side, side).rgb());
    }

    @Property(tries = 60)
    void anyResizeEqualsThePlainFormula(
            @ForAll @IntRange(min = 1, max = 80) int width,
            @ForAll @IntRange(min = 1, max = 80) int height,
            @ForAll @IntRange(min = 1, max = 80) int toWidth,
            @ForAll @IntRange(min = 1, max = 80) int toHeight,
            @ForAll int seed) {
        Frame frame = pattern(width, height, seed);

        assertThat(PillowBicubic.resize(frame, toWidth, toHeight).rgb())
                .isEqualTo(plainResize(frame, toWidth, toHeight).rgb());
    }

    @Test
    void leavesAFrameOfTheRightSizeAlone() {
        Frame frame = pattern(56, 56, 1);

        assertThat(PillowBicubic.padAndResize(frame, 56, PAD)).isSameAs(frame);
        assertThat(PillowBicubic.resize(frame, 56, 56)).isSameAs(frame);
    }

    @Test
    void keepsAFlatColourFlat() {
        byte[] rgb = new byte[300 * 200 * 3];
        java.util.Arrays.fill(rgb, (byte) 255);

        assertThat(PillowBicubic.resize(new Frame(300, 200, rgb), 64, 48).rgb()).containsOnly((byte) 255);
    }

    /** Noise over a gradient, the same on every machine: hard edges make over- and undershoot that must be clamped. */
    static Frame pattern(int width, int height, int seed) {
        byte[] rgb = new byte[width * height * 3];
        int state = seed;
        for (int y = 0, i = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < 3; c++) {
                    state = state * 1_664_525 + 1_013_904_223;
                    int noise = state >>> 24;
                    rgb[i++] = (byte) ((x / 8 + y / 8) % 2 == 0 ? noise : (noise + 3 * x + 5 * y + 40 * c) / 4);
                }
            }
        }
        return new Frame(width, height, rgb);
    }

    private static Frame padded(Frame frame) {
        int side = Math.max(frame.width(), frame.height());
        int left = (side - frame.width()) / 2;
        int top = (side - frame.height()) / 2;
        byte[] rgb = new byte[side * side * 3];
        for (int y = 0, i = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                for (int c = 0; c < 3; c++) {
                    int px = x - left;
                    int py = y - top;
                    boolean inside = px >= 0 && px < frame.width() && py >= 0 && py < frame.height();
                    rgb[i++] = inside ? frame.rgb()[(py * frame.width() + px) * 3 + c] : PAD[c];
                }
            }
        }
        return new Frame(side, side, rgb);
    }

    /** The definition, sample by sample, written apart from the code under test. */
    private static Frame plainResize(Frame frame, int toWidth, int toHeight) {
        Frame wide = frame;
        if (toWidth != frame.width()) {
            byte[] rgb = new byte[toWidth * frame.height() * 3];
            for (int i = 0; i < rgb.length; i++) {
                int y = i / 3 / toWidth;
                rgb[i] = plainSample(frame, i / 3 % toWidth, toWidth, frame.width(), y * frame.width() * 3 + i % 3, 3);
            }
            wide = new Frame(toWidth, frame.height(), rgb);
        }
        if (toHeight == wide.height()) {
            return wide;
        }
        byte[] rgb = new byte[toWidth * toHeight * 3];
        for (int i = 0; i < rgb.length; i++) {
            int lineBytes = toWidth * 3;
            rgb[i] = plainSample(wide, i / lineBytes, toHeight, wide.height(), i % lineBytes, lineBytes);
        }
        return new Frame(toWidth, toHeight, rgb);
    }

    private static byte plainSample(Frame frame, int output, int outs, int ins, int offset, int step) {
        double scale = (double) ins / outs;
        double f = Math.max(scale, 1);
        double centre = (output + 0.5) * scale;
        int lo = Math.max((int) (centre - 2 * f + 0.5), 0);
        int hi = Math.min((int) (centre + 2 * f + 0.5), ins);
        double total = 0;
        for (int j = lo; j < hi; j++) {
            total += weight((j - centre + 0.5) * (1 / f));
        }
        int sum = 1 << 21;
        for (int j = lo; j < hi; j++) {
            double w = weight((j - centre + 0.5) * (1 / f)) / total * (1 << 22);
            int fixed = (int) (w < 0 ? w - 0.5 : w + 0.5);
            sum += fixed * (frame.rgb()[offset + j * step] & 0xff);
        }
        return (byte) Math.min(255, Math.max(0, sum >> 22));
    }

    private static double weight(double t) {
        double x = Math.abs(t);
        return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
    }
}
