package org.loupe.training.data;

import java.util.List;
import org.loupe.decode.Frame;
import org.loupe.preprocess.AreaResizer;

/** Copies of a photograph as other places deliver it. */
public final class Copies {
    /** A share on the web, and a preview. */
    public static final List<Integer> DELIVERED_LONG_SIDES = List.of(1024, 512);

    private static final int JPEG_QUALITY = 92;

    private Copies() {}

    /**
     * @param longSide of the copy, pixels; not above the photograph's own
     * @return a JPEG of quality 92
     */
    public static byte[] delivered(Frame photo, int longSide) {
        return jpeg(within(photo, longSide), JPEG_QUALITY);
    }

    /** @return the photograph with that long side, pixels, proportions kept; the same where it is no larger already */
    public static Frame within(Frame photo, int longSide) {
        double scale = longSide / (double) Math.max(photo.width(), photo.height());
        return scale >= 1
                ? photo
                : AreaResizer.reduce(photo, Math.max(1, (int) Math.round(photo.width() * scale)), Math.max(1, (int)
                        Math.round(photo.height() * scale)));
    }

    /** @param quality 1 to 100 */
    public static byte[] jpeg(Frame photo, int quality) {
        return Pictures.encode(photo, ".jpg", quality);
    }
}
