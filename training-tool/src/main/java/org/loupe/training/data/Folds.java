package org.loupe.training.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;

/** Cross-validation folds: every item is held out once, items of one group always together. */
public final class Folds {
    private Folds() {}

    /**
     * Shuffles the groups with the seed and deals each, the largest first, to the fold that is emptiest so far.
     *
     * @param groupOf what must stay together; the item's own name where nothing has to
     * @param folds at least 2
     * @return fold of each item, 0-based, in the order of the items; depends on names and seed only, not on that order
     */
    public static int[] assign(List<Rated> items, Function<Rated, String> groupOf, int folds, long seed) {
        TreeMap<String, List<Integer>> groups = new TreeMap<>();
        for (int i = 0; i < items.size(); i++) {
            groups.computeIfAbsent(groupOf.apply(items.get(i)), g -> new ArrayList<>())
                    .add(i);
        }
        if (folds < 2 || groups.size() < folds) {
            throw new IllegalArgumentException(groups.size() + " groups cannot make " + folds + " folds");
        }
        List<List<Integer>> dealt = new ArrayList<>(groups.values());
        Collections.shuffle(dealt, new Random(seed));
        dealt.sort((a, b) -> Integer.compare(b.size(), a.size())); // stable: equal sizes stay shuffled
        int[] size = new int[folds];
        int[] foldOf = new int[items.size()];
        for (List<Integer> group : dealt) {
            int emptiest = 0;
            for (int f = 1; f < folds; f++) {
                if (size[f] < size[emptiest]) {
                    emptiest = f;
                }
            }
            size[emptiest] += group.size();
            for (int item : group) {
                foldOf[item] = emptiest;
            }
        }
        return foldOf;
    }

    /** @return the theme of a picture named like {@code images/lake_12.jpg}: the name without folder, number and extension */
    public static String theme(Rated item) {
        String base = item.name().substring(item.name().lastIndexOf('/') + 1);
        return base.replaceFirst("\\.[^.]+$", "").replaceFirst("[_ -]?\\d+$", "");
    }
}
