package org.loupe.training.student;

import java.util.List;
import org.loupe.training.teacher.Teacher;

/**
 * Middle and spread of what the teacher says, so that every channel is worth the same to the student.
 *
 * @param cellMean of each channel's mean over a cell
 * @param cellSd of the same
 * @param wholeMean of {@link Lesson#whole}
 * @param wholeSd of the same
 */
record TargetScale(float[] cellMean, float[] cellSd, float[] wholeMean, float[] wholeSd) {
    // Enough to know a mean and a deviation well; more only takes time.
    private static final int LESSONS = 1500;

    // A channel that says the same of every picture has nothing to teach, and must not become infinite.
    private static final double SMALLEST_SD = 1e-6;

    // Where single channels answer wildly, squares would let them drown the others.
    private static final float FARTHEST = 6;

    /** @param entries at least one */
    static TargetScale of(LessonBook book, List<LessonBook.Entry> entries) {
        Moments cells = new Moments(Teacher.CHANNELS);
        Moments wholes = new Moments(Said.CELL_WIDTH);
        int lessons = Math.min(LESSONS, entries.size());
        for (int i = 0; i < lessons; i++) {
            LessonBook.Entry entry = entries.get((int) ((long) i * entries.size() / lessons));
            Said said = new Said(book.cells(entry));
            wholes.add(said.whole());
            for (int cell = 0; cell < said.count(); cell++) {
                cells.add(said.means(cell));
            }
        }
        return new TargetScale(cells.mean(), cells.sd(), wholes.mean(), wholes.sd());
    }

    /** Means of all channels in each cell, standardised, cell after cell. */
    void cells(Said said, float[] to, int at) {
        for (int cell = 0; cell < said.count(); cell++) {
            standardise(said.means(cell), cellMean, cellSd, to, at + cell * Teacher.CHANNELS);
        }
    }

    /** {@link Said#whole}, standardised. */
    void whole(Said said, float[] to, int at) {
        standardise(said.whole(), wholeMean, wholeSd, to, at);
    }

    private static void standardise(float[] values, float[] mean, float[] sd, float[] to, int at) {
        for (int i = 0; i < values.length; i++) {
            to[at + i] = Math.max(-FARTHEST, Math.min(FARTHEST, (values[i] - mean[i]) / sd[i]));
        }
    }

    private static final class Moments {
        private final double[] sum;
        private final double[] square;
        private long count;

        Moments(int width) {
            sum = new double[width];
            square = new double[width];
        }

        void add(float[] values) {
            for (int i = 0; i < values.length; i++) {
                sum[i] += values[i];
                square[i] += (double) values[i] * values[i];
            }
            count++;
        }

        float[] mean() {
            float[] mean = new float[sum.length];
            for (int i = 0; i < mean.length; i++) {
                mean[i] = (float) (sum[i] / count);
            }
            return mean;
        }

        float[] sd() {
            float[] sd = new float[sum.length];
            for (int i = 0; i < sd.length; i++) {
                double mean = sum[i] / count;
                double variance = Math.max(0, square[i] / count - mean * mean);
                sd[i] = variance > SMALLEST_SD * SMALLEST_SD ? (float) Math.sqrt(variance) : 1;
            }
            return sd;
        }
    }
}
