package org.loupe.score;

import java.util.Locale;

/** The five words people rate with, best first; the order is the same everywhere. */
public enum Level {
    EXCELLENT(5),
    GOOD(4),
    FAIR(3),
    POOR(2),
    BAD(1);

    private final int weight;

    Level(int weight) {
        this.weight = weight;
    }

    /** @return 5 (excellent) to 1 (bad) */
    public int weight() {
        return weight;
    }

    /** @return 0 (excellent) to 4 (bad), the place in every list of levels */
    public int rank() {
        return 5 - weight;
    }

    /** @param rank 0 (excellent) to 4 (bad) */
    public static Level ofRank(int rank) {
        return values()[rank];
    }

    /** @return the lower-case word, as it stands in metadata and JSON */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The level whose weight lies nearest; a tie goes to the better level.
     *
     * @param mos mean opinion score in [1, 5]
     */
    public static Level ofMos(double mos) {
        if (!(mos >= 1 && mos <= 5)) {
            throw new IllegalArgumentException("MOS must lie in 1..5, was " + mos);
        }
        return values()[5 - (int) Math.floor(mos + 0.5)];
    }
}
