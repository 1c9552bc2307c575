package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the 8-bit products promise: exact sums, and rows that know nothing of each other. */
class ByteProductsTest {
    private static final int IN = 4096;
    private static final int OUT = 192;

    @Test
    void rowDoesNotDependOnItsBatchMates(@TempDir Path scratch) throws IOException, OrtException {
        Random random = new Random(5);
        float[] row = random(random, IN, 1);
        try (ProductRun product = new ProductRun(scratch, Precision.INT8, matrix(random, OUT))) {
            float[] alone = product.run(new float[][] {row})[0];
            for (int mates : new int[] {2, 8, 77, 200}) {
                float[][] batch = new float[mates][];
                // mates a thousand times as large or as small would show in anything taken over the whole batch
                Arrays.setAll(batch, i -> random(random, IN, i % 2 == 0 ? 1000 : 0.001));
                for (int place : new int[] {0, mates / 2, mates - 1}) {
                    float[] own = batch[place];
                    batch[place] = row;
                    assertThat(product.run(batch)[place])
                            .as("row %s of %s", place, mates)
                            .isEqualTo(alone);
                    batch[place] = own;
                }
            }
        }
    }

    /** Every weight and every activation at the end of its range: sums in 16 bits would saturate at once. */
    @Test
    void sumsOfTheLargestProductsAreExact(@TempDir Path scratch) throws IOException, OrtException {
        float[][] weight = new float[OUT][IN];
        float[][] rows = new float[9][IN];
        Random random = new Random(6);
        for (int o = 0; o < OUT; o++) {
            for (int i = 0; i < IN; i++) {
                weight[o][i] = o == 0 ? 127 : o == 1 ? -127 : random.nextBoolean() ? 127 : -127;
            }
        }
        for (int r = 0; r < rows.length; r++) {
            for (int i = 0; i < IN; i++) {
                rows[r][i] = r == 0 ? 127 : r == 1 ? -127 : random.nextBoolean() ? 127 : -127;
            }
        }
        try (ProductRun product = new ProductRun(scratch, Precision.INT8, weight)) {
            float[][] found = product.run(rows);
            for (int r = 0; r < rows.length; r++) {
                for (int o = 0; o < OUT; o++) {
                    double sum = 0;
                    for (int i = 0; i < IN; i++) {
                        sum += (double) rows[r][i] * weight[o][i];
                    }
                    assertThat((double) found[r][o]).isCloseTo(sum, within(1e-6 * 127 * 127 * IN));
                }
            }
        }
    }

    @Test
    void rowsOfZerosGiveZeros(@TempDir Path scratch) throws IOException, OrtException {
        try (ProductRun product = new ProductRun(scratch, Precision.INT8, matrix(new Random(7), OUT))) {
            assertThat(product.run(new float[2][IN])[1]).containsOnly(0f);
        }
    }

    @Test
    void productsStayNearThoseOfTheCheckpoint(@TempDir Path scratch) throws IOException, OrtException {
        Random random = new Random(8);
        float[][] weight = matrix(random, OUT);
        float[][] rows = {random(random, IN, 1), random(random, IN, 30)};
        for (Precision precision : new Precision[] {Precision.INT8, Precision.INT4}) {
            try (ProductRun product = new ProductRun(scratch.resolve(precision.id()), precision, weight)) {
                float[][] found = product.run(rows);
                for (int r = 0; r < rows.length; r++) {
                    double error = 0;
                    double size = 0;
                    for (int o = 0; o < OUT; o++) {
                        double exact = 0;
                        for (int i = 0; i < IN; i++) {
                            exact += (double) rows[r][i] * weight[o][i];
                        }
                        error += Math.pow(found[r][o] - exact, 2);
                        size += exact * exact;
                    }
                    // normal numbers, rounded to 1/30 (8 bits) and 1/3 (4 bits) of their deviation at the most
                    assertThat(Math.sqrt(error / size)).isLessThan(precision == Precision.INT8 ? 0.015 : 0.1);
                }
            }
        }
    }

    private static float[][] matrix(Random random, int out) {
        float[][] matrix = new float[out][];
        Arrays.setAll(matrix, o -> random(random, IN, 0.02));
        return matrix;
    }

    private static float[] random(Random random, int count, double spread) {
        float[] row = new float[count];
        for (int i = 0; i < count; i++) {
            row[i] = (float) (spread * random.nextGaussian());
        }
        return row;
    }
}
