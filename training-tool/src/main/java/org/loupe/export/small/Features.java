package org.loupe.export.small;

import java.util.ArrayList;
import java.util.List;

/** The statistics collected so far: values {@code [F, n]} and a name for each of their columns. */
final class Features {
    private final List<String> values = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    /**
     * @param value {@code [F, names.length]}
     * @param columns one name a column
     */
    void add(String value, String... columns) {
        values.add(value);
        names.addAll(List.of(columns));
    }

    /** Names the columns {@code prefix_suffix}. */
    void addEach(String value, String prefix, List<String> suffixes) {
        values.add(value);
        suffixes.forEach(suffix -> names.add(prefix + "_" + suffix));
    }

    List<String> names() {
        return List.copyOf(names);
    }

    /** @return one value {@code [F, N]} in the order of {@link #names} */
    String concat(Ops ops) {
        return ops.concat(1, values);
    }
}
