package org.loupe.export.convert;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.loupe.export.DataType;
import org.loupe.export.Halves;
import org.loupe.export.Nibbles;
import org.loupe.export.Precision;
import org.loupe.export.Quantised;

/**
 * Weights of one matrix in fewer bits. What the graph multiplies with is {@code values * scales}, or the values themselves as halves.
 *
 * @param type of the values
 * @param values in the layout of the matrix, as they lie in the data file
 * @param scales {@code float32}; empty for halves
 * @param scaleDims of the scales: one an output, or one an output and a block of inputs
 * @param block inputs that share a scale; 0 where all of an output do
 */
record Packing(DataType type, byte[] values, float[] scales, long[] scaleDims, int block) {
    /**
     * @param weights in the layout of the matrix
     * @return nothing where the precision cannot hold the weights
     */
    static Optional<Packing> of(Precision precision, ProductMatrix matrix, float[] weights) {
        return switch (precision) {
            case FP32 -> Optional.empty();
            case FP16 -> halves(weights);
            case INT8 -> Optional.of(bytes(matrix, weights));
            case INT4 -> Optional.of(nibbles(matrix, weights));
        };
    }

    private static Optional<Packing> halves(float[] weights) {
        ByteBuffer halves = ByteBuffer.allocate(weights.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float weight : weights) {
            if (!(Math.abs(weight) < Halves.MAX)) {
                return Optional.empty();
            }
            halves.putShort(Halves.of(weight));
        }
        return Optional.of(new Packing(DataType.FLOAT16, halves.array(), new float[0], new long[0], 0));
    }

    private static Packing bytes(ProductMatrix matrix, float[] weights) {
        byte[] values = new byte[weights.length];
        float[] scales = new float[matrix.outputs()];
        float[] row = new float[matrix.inputs()];
        byte[] packed = new byte[matrix.inputs()];
        for (int o = 0; o < matrix.outputs(); o++) {
            gather(matrix, weights, o, row);
            scales[o] = Quantised.row(row, 0, row.length, packed, 0);
            for (int i = 0; i < packed.length; i++) {
                values[matrix.index(o, i)] = packed[i];
            }
        }
        return new Packing(DataType.INT8, values, scales, new long[] {matrix.outputs()}, 0);
    }

    private static Packing nibbles(ProductMatrix matrix, float[] weights) {
        int blocks = (matrix.inputs() + Nibbles.BLOCK - 1) / Nibbles.BLOCK;
        ProductMatrix ofScales = new ProductMatrix(matrix.outputsFirst(), matrix.outputs(), blocks);
        byte[] values = new byte[(weights.length + 1) / 2];
        float[] scales = new float[matrix.outputs() * blocks];
        float[] row = new float[matrix.inputs()];
        byte[] packed = new byte[Nibbles.BLOCK / 2];
        Nibbles nibbles = new Nibbles();
        for (int o = 0; o < matrix.outputs(); o++) {
            gather(matrix, weights, o, row);
            for (int b = 0; b < blocks; b++) {
                int first = b * Nibbles.BLOCK;
                int count = Math.min(Nibbles.BLOCK, row.length - first);
                scales[ofScales.index(o, b)] = nibbles.pack(row, first, count, packed, 0);
                for (int i = 0; i < count; i++) {
                    put(values, matrix.index(o, first + i), packed[i / 2] >> (i % 2 * 4));
                }
            }
        }
        return new Packing(DataType.INT4, values, scales, ofScales.dims(), Nibbles.BLOCK);
    }

    /** Steps come counted from 8 and are kept as numbers around 0: the highest of the four bits turns. */
    private static void put(byte[] values, int index, int step) {
        values[index / 2] |= (byte) (((step & 0xf) ^ 8) << (index % 2 * 4));
    }

    private static void gather(ProductMatrix matrix, float[] weights, int output, float[] row) {
        for (int i = 0; i < row.length; i++) {
            row[i] = weights[matrix.index(output, i)];
        }
    }
}
