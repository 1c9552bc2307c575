package org.loupe.decode;

/**
 * What the caller wants from a decode.
 *
 * @param reduction how far JPEG may be reduced while decoding
 * @param orientation whether pictures are turned upright
 */
public record DecodeRequest(DecodeReduction reduction, Orientation orientation) {
    /** Every pixel, upright. */
    public static final DecodeRequest FULL = new DecodeRequest(DecodeReduction.NONE, Orientation.APPLY);
}
