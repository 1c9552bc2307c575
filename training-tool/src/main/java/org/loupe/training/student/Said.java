package org.loupe.training.student;

import java.util.Arrays;
import org.loupe.training.teacher.Teacher;

/**
 * What the teacher says of a view.
 *
 * @param cells as {@link Teacher#cells} gives them
 */
record Said(float[] cells) {
    /** Numbers of one cell: the mean of every channel, then the mean of its square. */
    static final int CELL_WIDTH = 2 * Teacher.CHANNELS;

    /** @return how many cells */
    int count() {
        return cells.length / CELL_WIDTH;
    }

    /** @return mean of every channel in one cell: {@code [channels]} */
    float[] means(int cell) {
        return Arrays.copyOfRange(cells, cell * CELL_WIDTH, cell * CELL_WIDTH + Teacher.CHANNELS);
    }

    /** @return mean of every channel over the whole view, then its deviation: {@code [2 * channels]} */
    float[] whole() {
        double[] sum = new double[CELL_WIDTH];
        for (int i = 0; i < cells.length; i++) {
            sum[i % CELL_WIDTH] += cells[i];
        }
        float[] whole = new float[CELL_WIDTH];
        for (int c = 0; c < Teacher.CHANNELS; c++) {
            double mean = sum[c] / count();
            whole[c] = (float) mean;
            whole[Teacher.CHANNELS + c] =
                    (float) Math.sqrt(Math.max(0, sum[Teacher.CHANNELS + c] / count() - mean * mean));
        }
        return whole;
    }
}
