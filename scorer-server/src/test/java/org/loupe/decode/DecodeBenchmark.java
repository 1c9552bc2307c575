package org.loupe.decode;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.loupe.modelpackage.Manifest;
import org.loupe.preprocess.PillowBicubic;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;

/**
 * What a 24 MP JPEG costs from bytes to a model's pixels, as a ratio to OpenCV's full decode of the same file in the same run, one
 * thread. Run {@link #main} from the test class path; it prints one line a way.
 */
final class DecodeBenchmark {
    private static final int ROUNDS = 7;

    private DecodeBenchmark() {}

    public static void main(String[] arguments) {
        byte[] jpeg = photo();
        double full = medianNanos(() -> {
            try (PointerScope scope = new PointerScope()) {
                Mat file = new Mat(1, jpeg.length, CV_8UC1, new BytePointer(jpeg));
                return opencv_imgcodecs
                        .imdecode(file, opencv_imgcodecs.IMREAD_COLOR)
                        .cols();
            }
        });
        print("OpenCV, full decode", full, full);
        Preprocessor small =
                Preprocessors.of(new Manifest.Input(Manifest.Mode.NATIVE, null, null, 512, 1024, null, null, "area"));
        print("native 512/1024, reduced decode and area", medianNanos(() -> pixels(jpeg, small)), full);
        Preprocessor square = Preprocessors.of(new Manifest.Input(
                Manifest.Mode.PAD_SQUARE, 448, List.of(122, 116, 104), null, null, null, null, "pillow-bicubic"));
        print("pad-square 448, full decode and bicubic", medianNanos(() -> pixels(jpeg, square)), full);
    }

    private static int pixels(byte[] jpeg, Preprocessor preprocessor) {
        DecodeRequest request = new DecodeRequest(preprocessor::decodeReduction, Orientation.APPLY);
        int[] width = new int[1];
        TestMedia.DECODER.decode(
                MediaSource.of(jpeg),
                request,
                (index, frame) -> width[0] = preprocessor.apply(frame).width());
        return width[0];
    }

    /** Soft shapes with fine grain: about as hard to decode as a photograph of that size. */
    private static byte[] photo() {
        Frame shapes = PillowBicubic.resize(TestMedia.picture(60, 40), 6000, 4000);
        byte[] rgb = shapes.rgb().clone();
        int state = 1;
        for (int i = 0; i < rgb.length; i++) {
            state = state * 1_664_525 + 1_013_904_223;
            rgb[i] = (byte) Math.max(0, Math.min(255, (rgb[i] & 0xff) + (state >> 29)));
        }
        return TestMedia.encoded(new Frame(6000, 4000, rgb), ".jpg", opencv_imgcodecs.IMWRITE_JPEG_QUALITY, 90);
    }

    private interface Way {
        int run();
    }

    private static double medianNanos(Way way) {
        long[] nanos = new long[ROUNDS];
        int used = way.run() + way.run();
        for (int i = 0; i < ROUNDS; i++) {
            long start = System.nanoTime();
            used += way.run();
            nanos[i] = System.nanoTime() - start;
        }
        if (used == 0) {
            throw new IllegalStateException("nothing was decoded");
        }
        Arrays.sort(nanos);
        return nanos[ROUNDS / 2];
    }

    private static void print(String way, double nanos, double full) {
        System.out.printf(Locale.ROOT, "%-44s %6.2f%n", way, nanos / full);
    }
}
