package org.loupe.preprocess;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaLibraries;

/** Reduction by averaging the area under each pixel (OpenCV INTER_AREA): no ringing, no aliasing. Stateless, safe for many threads. */
public final class AreaResizer {
    private AreaResizer() {}

    /**
     * Reduces a frame.
     *
     * @param width 1 to the frame's own width, pixels
     * @param height 1 to the frame's own height, pixels
     * @return the same frame when the size already matches
     */
    public static Frame reduce(Frame frame, int width, int height) {
        if (frame.width() == width && frame.height() == height) {
            return frame;
        }
        if (width < 1 || height < 1 || width > frame.width() || height > frame.height()) {
            throw new IllegalArgumentException("cannot reduce " + frame.width() + " x " + frame.height() + " to "
                    + width + " x " + height + ": area averaging never enlarges");
        }
        MediaLibraries.prepare();
        byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)];
        try (PointerScope scope = new PointerScope()) {
            // Both ends are copies: OpenCV must not see heap memory, which the collector moves.
            BytePointer source = new BytePointer(frame.rgb());
            Mat from = new Mat(frame.height(), frame.width(), CV_8UC3, source);
            Mat to = new Mat(height, width, CV_8UC3);
            opencv_imgproc.resize(from, to, new Size(width, height), 0, 0, opencv_imgproc.INTER_AREA);
            to.data().get(rgb);
        }
        return new Frame(width, height, rgb);
    }
}
