package org.loupe.preprocess;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaLibraries;

/**
 * What Pillow's exact bicubic costs against OpenCV's INTER_AREA on the same pixels, one thread each, in turns, so that what else the
 * machine does hits both alike. Run {@link #main} from the test class path; it prints milliseconds of processor time and their ratio, medians, for
 * the picture padded to a square of 448 as OneAlign wants it, and for the same without padding.
 */
final class ResizeBenchmark {
    private static final int ROUNDS = 15;
    private static final int SIDE = 448;

    private ResizeBenchmark() {}

    public static void main(String[] arguments) {
        MediaLibraries.prepare();
        System.out.printf(
                "%-14s %10s %12s %8s %14s %8s%n", "photo", "area ms", "padded ms", "ratio", "unpadded ms", "ratio");
        measure(6000, 4000);
        measure(4000, 6000);
        measure(4096, 3072);
        measure(4000, 3000);
        measure(1920, 1080);
    }

    private static void measure(int width, int height) {
        Frame frame = PillowBicubicTest.pattern(width, height, 3);
        int toWidth = width >= height ? SIDE : SIDE * width / height;
        int toHeight = height >= width ? SIDE : SIDE * height / width;
        byte[] grey = {122, 116, 104};
        double[][] millis = new double[3][ROUNDS];
        try (BytePointer pixels = new BytePointer(frame.rgb());
                Mat from = new Mat(height, width, CV_8UC3, pixels);
                Mat to = new Mat(toHeight, toWidth, CV_8UC3);
                Size size = new Size(toWidth, toHeight)) {
            for (int round = -5; round < ROUNDS; round++) {
                int at = Math.max(0, round);
                millis[0][at] = cpuMillis(() -> opencv_imgproc.resize(from, to, size, 0, 0, opencv_imgproc.INTER_AREA));
                millis[1][at] = cpuMillis(() -> PillowBicubic.padAndResize(frame, SIDE, grey));
                millis[2][at] = cpuMillis(() -> PillowBicubic.resize(frame, toWidth, toHeight));
            }
        }
        for (double[] way : millis) {
            Arrays.sort(way);
        }
        double area = millis[0][ROUNDS / 2];
        double padded = millis[1][ROUNDS / 2];
        double unpadded = millis[2][ROUNDS / 2];
        System.out.printf(
                Locale.ROOT,
                "%5d x %-6d %10.1f %12.1f %8.2f %14.1f %8.2f%n",
                width,
                height,
                area,
                padded,
                padded / area,
                unpadded,
                unpadded / area);
    }

    private static double cpuMillis(Runnable way) {
        var threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        way.run();
        return (threads.getCurrentThreadCpuTime() - start) / 1e6;
    }
}
