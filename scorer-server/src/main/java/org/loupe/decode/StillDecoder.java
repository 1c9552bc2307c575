package org.loupe.decode;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Stills through OpenCV, whose JPEG and WebP pixels equal Pillow's. Always 8-bit RGB: of 16 bits the upper eight, alpha dropped and not
 * blended, colour profiles not applied, of animations and multi-page files the first picture. Stateless.
 */
final class StillDecoder {
    private StillDecoder() {}

    /**
     * Decodes one still whose header passed the gate.
     *
     * @param encoded the file, or what is left of it for the decoder
     * @param reduction 1, 2, 4 or 8; other than 1 for JPEG only
     * @param exifOrientation 1 to 8, applied to the pixels
     * @param asStored see {@link TiffHeader.Page}
     * @throws org.loupe.score.ScoringException MEDIA_CORRUPT
     */
    static Frame decode(byte[] encoded, StillHeader header, int reduction, int exifOrientation, boolean asStored) {
        MediaLibraries.prepare();
        try (PointerScope scope = new PointerScope()) {
            Mat picture = read(encoded, flags(reduction, asStored));
            if (picture.empty()) {
                throw Refusal.corrupt("its pixels are damaged or cut short");
            }
            int width = (header.width() + reduction - 1) / reduction;
            int height = (header.height() + reduction - 1) / reduction;
            if (picture.cols() != width || picture.rows() != height) {
                throw Refusal.corrupt("its header says " + width + " x " + height + " pixels, it holds "
                        + picture.cols() + " x " + picture.rows());
            }
            Mat upright = oriented(asStored ? toRgb(picture) : picture, exifOrientation);
            byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(upright.cols(), upright.rows()), 3)];
            upright.data().get(rgb);
            return new Frame(upright.cols(), upright.rows(), rgb);
        }
    }

    private static int flags(int reduction, boolean asStored) {
        if (asStored) {
            return opencv_imgcodecs.IMREAD_UNCHANGED; // also leaves the orientation alone
        }
        // The bare scale bits: the REDUCED_COLOR constants add BGR order, which excludes RGB.
        int scale =
                switch (reduction) {
                    case 1 -> 0;
                    case 2 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_2;
                    case 4 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_4;
                    case 8 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_8;
                    default -> throw new IllegalArgumentException("reduction must be 1, 2, 4 or 8, was " + reduction);
                };
        return scale | opencv_imgcodecs.IMREAD_COLOR_RGB | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
    }

    private static Mat read(byte[] encoded, int flags) {
        Mat file = new Mat(1, encoded.length, CV_8UC1, new BytePointer(encoded));
        try {
            return opencv_imgcodecs.imdecode(file, flags);
        } catch (
                RuntimeException
                        e) { // JavaCPP's form of cv::Exception; its text names build paths and is no caller's business
            throw Refusal.corrupt("its pixels are damaged", e);
        }
    }

    /** From whatever the file holds, BGR order, to 8-bit RGB. */
    private static Mat toRgb(Mat stored) {
        Mat eightBit = stored;
        if (stored.depth() == opencv_core.CV_16U) {
            eightBit = new Mat();
            // Upper eight bits: convertTo rounds, so the half that would round up is taken off first.
            stored.convertTo(eightBit, opencv_core.CV_8U, 1.0 / 256, -127.5 / 256);
        } else if (stored.depth() != opencv_core.CV_8U) {
            throw Refusal.unsupported("a TIFF of floating-point samples");
        }
        Mat rgb = new Mat();
        switch (eightBit.channels()) {
            case 1 -> opencv_imgproc.cvtColor(eightBit, rgb, opencv_imgproc.COLOR_GRAY2RGB);
            case 3 -> opencv_imgproc.cvtColor(eightBit, rgb, opencv_imgproc.COLOR_BGR2RGB);
            case 4 -> opencv_imgproc.cvtColor(eightBit, rgb, opencv_imgproc.COLOR_BGRA2RGB);
            default -> throw Refusal.unsupported("a TIFF of " + eightBit.channels() + " samples a pixel");
        }
        return rgb;
    }

    /** The eight cases of EXIF: what a viewer does so that the first stored row comes to lie where the camera says it belongs. */
    static Mat oriented(Mat stored, int exifOrientation) {
        if (exifOrientation == StillHeader.UPRIGHT) {
            return stored;
        }
        Mat upright = new Mat();
        switch (exifOrientation) {
            case 2 -> opencv_core.flip(stored, upright, 1);
            case 3 -> opencv_core.rotate(stored, upright, opencv_core.ROTATE_180);
            case 4 -> opencv_core.flip(stored, upright, 0);
            case 5 -> opencv_core.transpose(stored, upright);
            case 6 -> opencv_core.rotate(stored, upright, opencv_core.ROTATE_90_CLOCKWISE);
            case 7 -> {
                Mat turned = new Mat();
                opencv_core.rotate(stored, turned, opencv_core.ROTATE_180);
                opencv_core.transpose(turned, upright);
            }
            case 8 -> opencv_core.rotate(stored, upright, opencv_core.ROTATE_90_COUNTERCLOCKWISE);
            default -> throw new IllegalArgumentException("EXIF orientation must be 1..8, was " + exifOrientation);
        }
        return upright;
    }
}
