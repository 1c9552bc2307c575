package org.loupe.training.head;

/**
 * What heads are fitted on. Rows are shared by items and chains.
 *
 * @param columns which of the model's inputs the heads look at
 * @param rows standardised, those columns only
 * @param items for each rated picture its rows: full size first, then its reductions; of a clip its frames
 * @param mos rating of each item, 1..5
 * @param clips which items are clips, whose rows count alike
 * @param weights how often each item is seen for each time one of weight 1 is
 * @param chains for each chain its rows from the best picture to the worst, at least two; may be empty
 */
public record HeadData(
        int[] columns,
        float[][] rows,
        int[][] items,
        double[] mos,
        boolean[] clips,
        double[] weights,
        int[][] chains) {}
