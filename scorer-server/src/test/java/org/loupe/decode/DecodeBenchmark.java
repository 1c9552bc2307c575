package org.loupe.decode;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.loupe.modelpackage.Manifest;
import org.loupe.preprocess.PillowBicubic;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;

/**
 * What a 24 MP JPEG costs from bytes to a model's pixels: processor time of one thread, medians, the ways in turns. Arguments: a folder of
 * photographs to enlarge, of which three are taken; without, one picture is made. Run {@link #main} from the test class path; it prints
 * one line a way and photo.
 */
final class DecodeBenchmark {
    private static final int ROUNDS = 9;
    private static final long PIXELS = 24_000_000;

    private DecodeBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        List<byte[]> photos = new ArrayList<>();
        if (arguments.length == 0) {
            photos.add(photo());
        } else {
            for (Path photo : ReducedDecodeStudy.photos(Path.of(arguments[0]), 3)) {
                photos.add(ReducedDecodeStudy.enlarged(photo, PIXELS, true));
            }
        }
        for (byte[] photo : photos) {
            measure(photo);
        }
    }

    private static void measure(byte[] jpeg) {
        Preprocessor small =
                Preprocessors.of(new Manifest.Input(Manifest.Mode.NATIVE, null, null, 512, 1024, null, null, "area"));
        Preprocessor square = Preprocessors.of(new Manifest.Input(
                Manifest.Mode.PAD_SQUARE, 448, List.of(122, 116, 104), null, null, null, null, "pillow-bicubic"));
        System.out.printf("a JPEG of %d KB%n", jpeg.length >> 10);
        Map<String, Way> ways = new LinkedHashMap<>();
        ways.put("OpenCV, full decode alone", () -> {
            try (PointerScope scope = new PointerScope()) {
                Mat file = new Mat(1, jpeg.length, CV_8UC1, new BytePointer(jpeg));
                return opencv_imgcodecs
                        .imdecode(file, opencv_imgcodecs.IMREAD_COLOR)
                        .cols();
            }
        });
        ways.put("pad-square 448, full decode and exact resize", () -> pixels(jpeg, square, DecodeReduction.NONE));
        ways.put("pad-square 448, as scored", () -> pixels(jpeg, square, square::decodeReduction));
        ways.put("native 512/1024, full decode", () -> pixels(jpeg, small, DecodeReduction.NONE));
        ways.put("native 512/1024, as scored", () -> pixels(jpeg, small, small::decodeReduction));
        Map<String, double[]> millis = new LinkedHashMap<>();
        for (int round = -3; round < ROUNDS; round++) {
            int at = Math.max(0, round);
            ways.forEach((name, way) -> millis.computeIfAbsent(name, key -> new double[ROUNDS])[at] = cpuMillis(way));
        }
        millis.values().forEach(Arrays::sort);
        double full = Objects.requireNonNull(millis.get("pad-square 448, full decode and exact resize"))[ROUNDS / 2];
        millis.forEach((name, times) -> System.out.printf(
                Locale.ROOT,
                "  %-46s %7.1f ms  %5.2f times as fast%n",
                name,
                times[ROUNDS / 2],
                full / times[ROUNDS / 2]));
    }

    private static int pixels(byte[] jpeg, Preprocessor preprocessor, DecodeReduction reduction) {
        DecodeRequest request = new DecodeRequest(reduction, Orientation.APPLY);
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

    private static double cpuMillis(Way way) {
        var threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        if (way.run() == 0) {
            throw new IllegalStateException("nothing was decoded");
        }
        return (threads.getCurrentThreadCpuTime() - start) / 1e6;
    }
}
