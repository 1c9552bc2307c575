package org.loupe.training.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Reads {@code file,split}: which part of a data set a picture belongs to. Further columns are not looked at, and a picture may be named
 * again with the same split, so a labels file with a column {@code split} is its own splits file.
 */
public final class SplitsCsv {
    private final Path file;
    private final Map<String, String> splitOf;

    private SplitsCsv(Path file, Map<String, String> splitOf) {
        this.file = file;
        this.splitOf = splitOf;
    }

    /** @throws ScoringException INVALID_REQUEST naming every fault with its line; IO_FAILED if the file cannot be read */
    public static SplitsCsv read(Path splits) {
        RowTable table = RowTable.read(splits, List.of("file", "split"));
        Map<String, String> splitOf = new HashMap<>();
        for (RowTable.Row row : table.rows()) {
            if (row.get("file").isEmpty() || row.get("split").isEmpty()) {
                table.fault(row.line(), "file and split must both be given");
            } else {
                String before = splitOf.put(row.get("file"), row.get("split"));
                if (before != null && !before.equals(row.get("split"))) {
                    table.fault(row.line(), row.get("file") + " has two splits");
                }
            }
        }
        table.throwFaults();
        return new SplitsCsv(splits, splitOf);
    }

    /** @return where a picture belongs, by the name its label uses */
    public Optional<String> of(String name) {
        return Optional.ofNullable(splitOf.get(name));
    }

    /** @return the pictures that have a split */
    public Set<String> names() {
        return Collections.unmodifiableSet(splitOf.keySet());
    }

    /** @return the names of all splits, in their order */
    public SortedSet<String> splits() {
        return new TreeSet<>(splitOf.values());
    }

    /** @return whether any picture is in that split */
    public boolean has(String split) {
        return splitOf.containsValue(split);
    }

    /**
     * @return the items of that split, in their order
     * @throws ScoringException INVALID_REQUEST if an item has no split, or none has this one
     */
    public List<Rated> select(List<Rated> items, String split) {
        List<Rated> chosen = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (Rated item : items) {
            String its = splitOf.get(item.name());
            if (its == null) {
                missing.add(item.name());
            } else if (its.equals(split)) {
                chosen.add(item);
            }
        }
        if (!missing.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    file + " names no split for " + missing.size() + " pictures, the first is " + missing.get(0));
        }
        if (chosen.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, file + " puts no picture into '" + split + "'; it knows " + splits());
        }
        return List.copyOf(chosen);
    }
}
