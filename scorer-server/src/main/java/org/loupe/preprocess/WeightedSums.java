package org.loupe.preprocess;

/**
 * The one loop that both passes of {@link PillowBicubic} spend their time in. Its shape is what the just-in-time compiler turns into
 * vector instructions: whole arrays, all walked by the same index from 0, four products for each load and store of a sum. Samples are
 * ints, because mixing in byte arrays keeps Java 17 from doing that.
 */
final class WeightedSums {
    /** Samples taken at once; what is missing of four counts as zeros. */
    static final int TAPS = 4;

    private WeightedSums() {}

    /** Sets {@code sums[i] += w * a[i] + x * b[i] + y * c[i] + z * d[i]} for all i below n; 32-bit sums wrap as in C. */
    static void add(int[] sums, int n, int[] a, int w, int[] b, int x, int[] c, int y, int[] d, int z) {
        for (int i = 0; i < n; i++) {
            sums[i] += w * a[i] + x * b[i] + y * c[i] + z * d[i];
        }
    }

    /** Adds {@code count} taps: sample arrays in a ring, weights in a row. */
    static void add(int[] sums, int n, int[][] ring, int first, int[] weights, int firstWeight, int count) {
        for (int j = 0; j < count; j += TAPS) {
            int rest = count - j;
            int at = (first + j) % ring.length;
            int weight = firstWeight + j;
            if (rest >= TAPS) {
                add(
                        sums,
                        n,
                        ring[at],
                        weights[weight],
                        ring[(at + 1) % ring.length],
                        weights[weight + 1],
                        ring[(at + 2) % ring.length],
                        weights[weight + 2],
                        ring[(at + 3) % ring.length],
                        weights[weight + 3]);
            } else {
                // A weight of zero makes the array beside it meaningless, so any will do.
                add(
                        sums,
                        n,
                        ring[at],
                        weights[weight],
                        ring[(at + 1) % ring.length],
                        rest > 1 ? weights[weight + 1] : 0,
                        ring[(at + 2) % ring.length],
                        rest > 2 ? weights[weight + 2] : 0,
                        ring[at],
                        0);
            }
        }
    }

    /** @return the sum's upper bits as a sample, 0..255 */
    static int clamped(int sum) {
        return Math.max(0, Math.min(255, sum >> KernelTable.PRECISION_BITS));
    }
}
