package org.loupe.training.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Which items a training step looks at when several data sets are mixed. Every draw follows from the seed and its number alone, so a run
 * that is resumed at any step sees what it would have seen, without keeping anything.
 *
 * <p>An epoch holds {@code weight * items} draws of each set in random order. Within a set every item is drawn once before one is drawn
 * again, across epochs too: at weight 0.5 the second epoch takes the half that the first left out. With all weights 1 this is the usual
 * shuffled pass over everything. For one thread.
 */
public final class MixedSampler {
    private final Part[] parts;
    private final int[] quotas;
    private final int epochDraws;
    private final long seed;

    // What is being drawn from, kept so that a step does not shuffle a whole epoch: all of it can be computed anew.
    private long shuffledEpoch = -1;
    private int[] partOf = {};
    private int[] rankWithin = {};
    private final long[] shuffledPass;
    private final int[][] permutation;

    /**
     * One data set.
     *
     * @param items how many, at least 1
     * @param weight how often an item is seen for each time an item of a set of weight 1 is; positive
     */
    public record Part(int items, double weight) {
        public Part {
            if (items < 1 || !(weight > 0) || weight * items > Integer.MAX_VALUE / 2.0) {
                throw new IllegalArgumentException(items + " items of weight " + weight);
            }
        }
    }

    /**
     * @param part index of the set
     * @param item index within the set
     */
    public record Draw(int part, int item) {}

    /** @param seed same seed, same draws */
    public MixedSampler(List<Part> parts, long seed) {
        this.parts = parts.toArray(new Part[0]);
        this.quotas = parts.stream()
                .mapToInt(part -> (int) Math.max(1, Math.rint(part.weight() * part.items())))
                .toArray();
        this.epochDraws = Arrays.stream(quotas).reduce(0, Math::addExact);
        this.seed = seed;
        this.shuffledPass = new long[quotas.length];
        this.permutation = new int[quotas.length][];
        if (epochDraws == 0) {
            throw new IllegalArgumentException("nothing to draw from");
        }
    }

    /** @return draws in an epoch */
    public int epochDraws() {
        return epochDraws;
    }

    /** @return share of all draws that fall on that set */
    public double share(int part) {
        return quotas[part] / (double) epochDraws;
    }

    /**
     * @param step from 0
     * @param batch draws in every step; a step may begin in one epoch and end in the next
     */
    public List<Draw> step(long step, int batch) {
        return draws(Math.multiplyExact(step, batch), batch);
    }

    /**
     * @param first number of the first draw, from 0
     * @param count how many
     */
    public List<Draw> draws(long first, int count) {
        List<Draw> draws = new ArrayList<>(count);
        for (long number = first; number < first + count; number++) {
            draws.add(draw(number));
        }
        return draws;
    }

    /**
     * One epoch for whoever keeps the sets one behind the other.
     *
     * @param epoch from 0
     * @return {@link #epochDraws} positions in the concatenation of all sets
     */
    public int[] epoch(long epoch) {
        int[] offsets = new int[parts.length];
        for (int part = 1; part < parts.length; part++) {
            offsets[part] = offsets[part - 1] + parts[part - 1].items();
        }
        return draws(Math.multiplyExact(epoch, epochDraws), epochDraws).stream()
                .mapToInt(draw -> offsets[draw.part()] + draw.item())
                .toArray();
    }

    private Draw draw(long number) {
        long epoch = number / epochDraws;
        if (epoch != shuffledEpoch) {
            shuffle(epoch);
        }
        int place = (int) (number % epochDraws);
        int part = partOf[place];
        long ofPart = epoch * quotas[part] + rankWithin[place];
        int items = parts[part].items();
        return new Draw(part, permutation(part, ofPart / items)[(int) (ofPart % items)]);
    }

    private void shuffle(long epoch) {
        int[] order = new int[epochDraws];
        int at = 0;
        for (int part = 0; part < quotas.length; part++) {
            Arrays.fill(order, at, at + quotas[part], part);
            at += quotas[part];
        }
        shuffle(order, random(-1, epoch));
        int[] seen = new int[quotas.length];
        int[] rank = new int[epochDraws];
        for (int place = 0; place < epochDraws; place++) {
            rank[place] = seen[order[place]]++;
        }
        partOf = order;
        rankWithin = rank;
        shuffledEpoch = epoch;
    }

    private int[] permutation(int part, long pass) {
        if (permutation[part] == null || shuffledPass[part] != pass) {
            int[] order = new int[parts[part].items()];
            Arrays.setAll(order, i -> i);
            shuffle(order, random(part, pass));
            permutation[part] = order;
            shuffledPass[part] = pass;
        }
        return permutation[part];
    }

    private static void shuffle(int[] values, SplittableRandom random) {
        for (int i = values.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = values[i];
            values[i] = values[other];
            values[other] = kept;
        }
    }

    /** A stream of its own for each set and pass: the two numbers are spread over all bits before they meet the seed. */
    private SplittableRandom random(int part, long pass) {
        long own = new SplittableRandom(part).nextLong() ^ Long.rotateLeft(new SplittableRandom(pass).nextLong(), 32);
        return new SplittableRandom(seed ^ own);
    }
}
