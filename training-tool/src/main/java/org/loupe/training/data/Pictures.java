package org.loupe.training.data;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaLibraries;

/** Frames through OpenCV and back. Every native object is freed before the method returns. */
final class Pictures {
    /** Fills {@code out} from {@code in}; both are 8-bit RGB of the frame's size. */
    interface Filter {
        void apply(Mat in, Mat out);
    }

    static {
        MediaLibraries.prepare();
    }

    private Pictures() {}

    static Frame filter(Frame frame, Filter filter) {
        try (Mat in = mat(frame);
                Mat out = new Mat()) {
            filter.apply(in, out);
            return frame(out);
        }
    }

    /** @return the frame as a codec gives it back */
    static Frame recode(Frame frame, String extension, int quality) {
        byte[] file = encode(frame, extension, quality);
        try (BytePointer encoded = new BytePointer(file);
                Mat bytes = new Mat(1, file.length, opencv_core.CV_8UC1, encoded);
                Mat decoded = opencv_imgcodecs.imdecode(bytes, opencv_imgcodecs.IMREAD_COLOR);
                Mat rgb = new Mat()) {
            opencv_imgproc.cvtColor(decoded, rgb, opencv_imgproc.COLOR_BGR2RGB);
            return frame(rgb);
        }
    }

    /** @return the file a codec makes of the frame */
    static byte[] encode(Frame frame, String extension, int quality) {
        int flag = extension.equals(".webp")
                ? opencv_imgcodecs.IMWRITE_WEBP_QUALITY
                : opencv_imgcodecs.IMWRITE_JPEG_QUALITY;
        try (Mat in = mat(frame);
                Mat bgr = new Mat();
                BytePointer encoded = new BytePointer();
                IntPointer parameters = new IntPointer(flag, quality)) {
            opencv_imgproc.cvtColor(in, bgr, opencv_imgproc.COLOR_RGB2BGR);
            if (!opencv_imgcodecs.imencode(extension, bgr, encoded, parameters)) {
                throw new IllegalStateException("OpenCV cannot write " + extension);
            }
            byte[] file = new byte[Math.toIntExact(encoded.limit())];
            encoded.get(file);
            return file;
        }
    }

    private static Mat mat(Frame frame) {
        Mat mat = new Mat(frame.height(), frame.width(), opencv_core.CV_8UC3);
        mat.data().put(frame.rgb(), 0, frame.rgb().length);
        return mat;
    }

    private static Frame frame(Mat mat) {
        byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(mat.rows(), mat.cols()), 3)];
        if (!mat.isContinuous()) {
            throw new IllegalStateException("OpenCV gave a matrix with gaps");
        }
        mat.data().get(rgb, 0, rgb.length);
        return new Frame(mat.cols(), mat.rows(), rgb);
    }
}
