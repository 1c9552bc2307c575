package org.loupe.checkpoint;

/** Checksums of pieces joined to the checksum of the whole, so that pieces can be written in any order (CRC-32 of zip). */
final class Crc32 {
    private static final int POLYNOMIAL = 0xedb88320;

    private Crc32() {}

    /** @return the checksum of the first piece followed by a second one of {@code secondBytes} bytes */
    static int join(int first, int second, long secondBytes) {
        // Appending a zero bit is a linear map over the 32 bits of a checksum; squaring it doubles the number of bits.
        int[] power = new int[Integer.SIZE];
        power[0] = POLYNOMIAL;
        for (int i = 1; i < Integer.SIZE; i++) {
            power[i] = 1 << (i - 1);
        }
        for (int i = 0; i < 3; i++) {
            power = square(power);
        }
        int joined = first;
        for (long bytes = secondBytes; bytes != 0; bytes >>>= 1) {
            if ((bytes & 1) != 0) {
                joined = times(power, joined);
            }
            power = square(power);
        }
        return joined ^ second;
    }

    private static int times(int[] matrix, int vector) {
        int sum = 0;
        for (int i = 0, rest = vector; rest != 0; i++, rest >>>= 1) {
            if ((rest & 1) != 0) {
                sum ^= matrix[i];
            }
        }
        return sum;
    }

    private static int[] square(int[] matrix) {
        int[] squared = new int[Integer.SIZE];
        for (int i = 0; i < Integer.SIZE; i++) {
            squared[i] = times(matrix, matrix[i]);
        }
        return squared;
    }
}
