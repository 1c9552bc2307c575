package org.loupe.export.small;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.loupe.export.small.Tiles.Group;

/** Statistics that every group of tiles has: computed for all groups, since that costs nothing, and kept for those that are asked for. */
final class TileFeatures {
    private final List<String> values = new ArrayList<>();
    private final List<Long> kept = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    /**
     * @param value {@code [F, 1, groups]}
     * @param groups of which it is kept
     */
    void add(String value, String family, String name, Set<Group> groups) {
        Group[] all = Group.values();
        for (int g = 0; g < all.length; g++) {
            if (groups.contains(all[g])) {
                kept.add((long) values.size() * all.length + g);
                names.add(all[g].family(family) + "_" + name);
            }
        }
        values.add(value);
    }

    void into(Ops ops, Features features) {
        String all = ops.reshape(ops.concat(1, values), 0, (long) values.size() * Group.values().length);
        String wanted = ops.gather(
                all, ops.longs(kept.stream().mapToLong(Long::longValue).toArray()), 1);
        features.add(wanted, names.toArray(String[]::new));
    }
}
