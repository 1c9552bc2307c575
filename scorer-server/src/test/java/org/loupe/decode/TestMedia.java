package org.loupe.decode;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Media made on the spot: pictures whose every quarter has its own colour, in all the containers that are decoded. */
final class TestMedia {
    private TestMedia() {}

    static final MediaDecoder DECODER = new MediaDecoder(DecodeLimits.DEFAULT, new DecodeBudget(64_000_000));

    /** Red, green, blue and white quarters, shaded so that neither turn nor mirror goes unnoticed. */
    static Frame picture(int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0, i = 0; y < height; y++) {
            for (int x = 0; x < width; x++, i += 3) {
                boolean right = 2 * x >= width;
                boolean low = 2 * y >= height;
                rgb[i] = (byte) (right == low ? 200 + 40 * x / width : 20);
                rgb[i + 1] = (byte) (right ? 200 + 40 * y / height : 30);
                rgb[i + 2] = (byte) (low ? 200 : 40 * x / width);
            }
        }
        return new Frame(width, height, rgb);
    }

    /** Encodes an RGB frame with OpenCV; the extension names the format. */
    static byte[] encoded(Frame frame, String extension, int... parameters) {
        MediaLibraries.prepare();
        try (PointerScope scope = new PointerScope()) {
            Mat rgb = new Mat(frame.height(), frame.width(), CV_8UC3, new BytePointer(frame.rgb()));
            Mat bgr = new Mat();
            opencv_imgproc.cvtColor(rgb, bgr, opencv_imgproc.COLOR_RGB2BGR);
            return encoded(bgr, extension, parameters);
        }
    }

    /** Encodes a matrix as it is. */
    static byte[] encoded(Mat matrix, String extension, int... parameters) {
        try (BytePointer out = new BytePointer();
                IntPointer settings = new IntPointer(parameters)) {
            if (!opencv_imgcodecs.imencode(extension, matrix, out, settings)) {
                throw new IllegalStateException("cannot encode " + extension);
            }
            byte[] bytes = new byte[Math.toIntExact(out.limit())];
            out.get(bytes);
            return bytes;
        }
    }

    /** A JPEG with an EXIF block that notes an orientation, in either byte order. */
    static byte[] jpegWithOrientation(Frame frame, int orientation, ByteOrder order) {
        byte[] jpeg = encoded(frame, ".jpg", opencv_imgcodecs.IMWRITE_JPEG_QUALITY, 98);
        byte[] exif = concat(new byte[] {'E', 'x', 'i', 'f', 0, 0}, exifBlock(orientation, order));
        ByteBuffer segment = ByteBuffer.allocate(4 + exif.length);
        segment.putShort((short) 0xffe1).putShort((short) (2 + exif.length)).put(exif);
        return concat(Arrays.copyOf(jpeg, 2), segment.array(), Arrays.copyOfRange(jpeg, 2, jpeg.length));
    }

    /** The TIFF structure that EXIF is: one directory with one entry. */
    static byte[] exifBlock(int orientation, ByteOrder order) {
        ByteBuffer exif = ByteBuffer.allocate(26).order(order);
        exif.put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 'I' : 'M')).put(exif.get(0));
        exif.putShort((short) 42).putInt(8);
        exif.putShort((short) 1);
        exif.putShort((short) 274)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0);
        return exif.putInt(0).array();
    }

    /** A PNG with one chunk more, right behind its size. */
    static byte[] pngWithChunk(byte[] png, String name, byte[] content) {
        ByteBuffer chunk = ByteBuffer.allocate(12 + content.length);
        byte[] ascii = name.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        CRC32 sum = new CRC32();
        sum.update(ascii);
        sum.update(content);
        chunk.putInt(content.length).put(ascii).put(content).putInt((int) sum.getValue());
        return concat(Arrays.copyOf(png, 33), chunk.array(), Arrays.copyOfRange(png, 33, png.length));
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static Frame decoded(byte[] bytes) {
        return DECODER.decode(MediaSource.of(bytes), DecodeRequest.FULL)
                .frames()
                .get(0);
    }

    /** @return why the bytes are refused; fails if they are not */
    static ErrorReason refusal(byte[] bytes) {
        return refusal(DECODER, bytes);
    }

    static ErrorReason refusal(MediaDecoder decoder, byte[] bytes) {
        try {
            decoder.decode(MediaSource.of(bytes), DecodeRequest.FULL);
        } catch (ScoringException e) {
            return e.reason();
        }
        throw new AssertionError("was decoded");
    }

    /** Largest difference between two samples. */
    static int distance(Frame a, Frame b) {
        if (a.width() != b.width() || a.height() != b.height()) {
            throw new AssertionError(a.width() + " x " + a.height() + " against " + b.width() + " x " + b.height());
        }
        int worst = 0;
        for (int i = 0; i < a.rgb().length; i++) {
            worst = Math.max(worst, Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff)));
        }
        return worst;
    }
}
