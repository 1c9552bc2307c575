package org.loupe.training.head;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.loop.Trainable;

/**
 * What heads are fitted on. Rows are shared by items and chains.
 *
 * @param columns which of the model's inputs the heads look at
 * @param rows standardised, those columns only
 * @param items for each rated picture its rows: full size first, then its reductions; of a clip its frames
 * @param mos rating of each item, 1..5
 * @param std deviation of each item's single opinions on the same scale, NaN where unknown
 * @param clips which items are clips, whose rows count alike
 * @param weights how often each item is seen for each time one of weight 1 is
 * @param groups of each item: those with the same number look alike or share a theme
 * @param chains for each chain its rows from the best picture to the worst, at least two; may be empty
 * @param measured pictures that are measured on, not learned from
 */
public record HeadData(
        int[] columns,
        float[][] rows,
        int[][] items,
        double[] mos,
        double[] std,
        boolean[] clips,
        double[] weights,
        int[] groups,
        int[][] chains,
        Measured measured) {
    private static final int FEWEST_WATCHED = 5;

    /**
     * @param rows of each picture at full size, of each clip its frames; standardised; may be empty
     * @param mos their ratings
     */
    public record Measured(List<List<float[]>> rows, double[] mos) {
        /** Nothing to measure on. */
        public static final Measured NONE = new Measured(List.of(), new double[0]);
    }

    /** @return the same without anything to measure on */
    HeadData unmeasured() {
        return new HeadData(columns, rows, items, mos, std, clips, weights, groups, chains, Measured.NONE);
    }

    /**
     * Sets some of the pictures aside to choose weights on, which held-out ones must not do: what is measured on them would be flattered. So
     * would what is measured on the ones set aside, if look-alikes of them were learned from: groups stay together, and as many are
     * set aside as come nearest to the share.
     *
     * @param share of the items, above 0 and at most 0.5
     * @param seed draws the groups
     * @return the same with those items measured on instead of learned from
     * @throws ScoringException INVALID_REQUEST if that leaves too few to tell better from worse
     */
    HeadData watched(double share, long seed) {
        int n = items.length;
        Set<Integer> aside = aside((int) Math.round(share * n), seed);
        int[] kept =
                IntStream.range(0, n).filter(i -> !aside.contains(groups[i])).toArray();
        int[] watched =
                IntStream.range(0, n).filter(i -> aside.contains(groups[i])).toArray();
        if (watched.length < FEWEST_WATCHED || kept.length == 0) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "watch-share: of " + n + " pictures " + share + " is " + watched.length
                            + ", look-alikes and themes together, too few to choose weights on or too many to learn; at"
                            + " least " + FEWEST_WATCHED + " are needed");
        }
        List<int[]> seen = IntStream.of(watched)
                .mapToObj(i -> clips[i] ? items[i] : new int[] {items[i][0]})
                .toList();
        Measured instead = new Measured(
                seen.stream()
                        .map(places ->
                                IntStream.of(places).mapToObj(row -> rows[row]).toList())
                        .toList(),
                IntStream.of(watched).mapToDouble(i -> mos[i]).toArray());
        boolean[] keptClips = new boolean[kept.length];
        for (int i = 0; i < kept.length; i++) {
            keptClips[i] = clips[kept[i]];
        }
        return new HeadData(
                columns,
                rows,
                IntStream.of(kept).mapToObj(i -> items[i]).toArray(int[][]::new),
                IntStream.of(kept).mapToDouble(i -> mos[i]).toArray(),
                IntStream.of(kept).mapToDouble(i -> std[i]).toArray(),
                keptClips,
                IntStream.of(kept).mapToDouble(i -> weights[i]).toArray(),
                IntStream.of(kept).map(i -> groups[i]).toArray(),
                chains,
                instead);
    }

    /** @return groups with about so many items together: each is taken that brings their number nearer to it */
    private Set<Integer> aside(int count, long seed) {
        Map<Integer, Integer> sizes = new LinkedHashMap<>();
        IntStream.of(groups).forEach(group -> sizes.merge(group, 1, Integer::sum));
        List<Map.Entry<Integer, Integer>> drawable = List.copyOf(sizes.entrySet());
        Set<Integer> aside = new HashSet<>();
        int items = 0;
        for (int i : Trainable.shuffled(drawable.size(), seed)) {
            int with = items + drawable.get(i).getValue();
            if (items < count && Math.abs(with - count) <= count - items) {
                aside.add(drawable.get(i).getKey());
                items = with;
            }
        }
        return aside;
    }

    /** @return says what is here, for check points that must belong to it */
    String digest() {
        StringBuilder all = new StringBuilder();
        for (float[] row : rows) {
            all.append(digest(row));
        }
        measured.rows().forEach(seen -> seen.forEach(row -> all.append(digest(row))));
        for (double[] numbers : List.of(mos, std, weights, measured.mos())) {
            ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Double.BYTES);
            bytes.asDoubleBuffer().put(numbers);
            all.append(Sha256.hex(bytes.array()));
        }
        for (int[][] places : List.of(items, chains, new int[][] {columns, groups})) {
            for (int[] place : places) {
                ByteBuffer bytes = ByteBuffer.allocate(place.length * Integer.BYTES);
                bytes.asIntBuffer().put(place);
                all.append(Sha256.hex(bytes.array()));
            }
            all.append('/');
        }
        return Sha256.hex(all.append(Arrays.toString(clips)).toString());
    }

    private static String digest(float[] row) {
        ByteBuffer bytes = ByteBuffer.allocate(row.length * Float.BYTES);
        bytes.asFloatBuffer().put(row);
        return Sha256.hex(bytes.array());
    }
}
