package org.loupe.preprocess;

/**
 * When a JPEG may be decoded at a fraction of its size. The margins are measured, see {@code docs/large-photographs.md}: with them the
 * MOS of photographs moves by less than 0.01 on average.
 */
final class ReductionRule {
    private ReductionRule() {}

    /**
     * @param largest 1, 2, 4 or 8
     * @param minWidth what must be left, pixels
     * @param minHeight likewise
     * @return the largest reduction up to that leaves enough and divides both sides: otherwise the decoder rounds them up, and the
     *     picture would be stretched by what it adds
     */
    static int of(int width, int height, int largest, double minWidth, double minHeight) {
        int reduction = largest;
        while (reduction > 1
                && (width % reduction != 0
                        || height % reduction != 0
                        || (double) width / reduction < minWidth
                        || (double) height / reduction < minHeight)) {
            reduction /= 2;
        }
        return reduction;
    }
}
