package org.loupe.dataset.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Finds pictures that are copies of one another after re-encoding, resizing, a slight crop or mirroring, and frames of one burst. Every
 * pair is looked at, once as it is and once with the one picture mirrored: a dot product of {@value Thumbnail#LAYOUT} numbers first, which few pairs pass, then {@link Alignment}. How the thresholds
 * were found stands in docs/datasets.md.
 */
final class NearDuplicates {
    /** What two pictures are called near-duplicates from: above the most alike of different photographs. */
    static final double SIMILAR = 0.95;

    /** Layout from which pairs are aligned: crops by a tenth of a side pass, and about one in a hundred of other pairs. */
    private static final double FIRST_LOOK = 0.6;
    /** With so many pictures one pair in a hundred is too many to align: crops by more than some 3 % of a side are then missed. */
    private static final double STRICT_FIRST_LOOK = 0.9;

    private static final int MANY = 10_000;

    private NearDuplicates() {}

    /**
     * @param first index of the one picture
     * @param second index of the other, larger
     * @param similarity of {@link Alignment}
     * @param mirrored whether the one is like the other in a mirror, and not like the other itself
     */
    record Pair(int first, int second, double similarity, boolean mirrored) {}

    /**
     * @param progress told after every picture how many are done; from several threads
     * @return pairs in order of their indices
     */
    static List<Pair> find(List<Thumbnail> pictures, IntConsumer progress) {
        AtomicInteger done = new AtomicInteger();
        double firstLook = pictures.size() > MANY ? STRICT_FIRST_LOOK : FIRST_LOOK;
        List<Pair> found = new ArrayList<>(IntStream.range(0, pictures.size())
                .parallel()
                .mapToObj(first -> {
                    List<Pair> pairs = new ArrayList<>();
                    Thumbnail one = pictures.get(first);
                    Thumbnail turned = one.mirrored();
                    for (int second = first + 1; second < pictures.size(); second++) {
                        Thumbnail other = pictures.get(second);
                        double plain = similarity(one, other, firstLook);
                        // what is a copy as it is need not be held against the mirror
                        double mirrored = plain >= SIMILAR ? -1 : similarity(turned, other, firstLook);
                        if (Math.max(plain, mirrored) >= SIMILAR) {
                            pairs.add(new Pair(first, second, Math.max(plain, mirrored), mirrored > plain));
                        }
                    }
                    progress.accept(done.incrementAndGet());
                    return pairs;
                })
                .flatMap(List::stream)
                .toList());
        found.sort(Comparator.comparingInt(Pair::first).thenComparingInt(Pair::second));
        return found;
    }

    private static double similarity(Thumbnail one, Thumbnail other, double firstLook) {
        return one.layoutSimilarity(other) >= firstLook ? Alignment.similarity(one, other) : -1;
    }
}
