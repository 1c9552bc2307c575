package org.loupe.training.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scratch.ScratchDirectory;

/**
 * Folds that were divided once and for all: a CSV file {@code file,fold,group} as {@code loupe dataset folds} writes it, names as labels use
 * them and folds counted from 1. Pictures with the same group look alike or share a theme; the column may be missing or empty. Figures of
 * two models are comparable only over the same folds.
 */
public final class FixedFolds {
    /** No picture is in any fold. */
    public static final FixedFolds NONE = new FixedFolds(Map.of());

    private final Map<String, Place> places;

    /**
     * @param fold from 1
     * @param group empty for a picture that stands alone
     */
    private record Place(int fold, String group) {}

    private FixedFolds(Map<String, Place> places) {
        this.places = places;
    }

    /**
     * @param references files, or names of divisions that come with the program; null is none
     * @throws ScoringException INVALID_REQUEST if one is not there or not understood, or two divide the same picture
     */
    public static FixedFolds read(@Nullable List<String> references) {
        if (references == null) {
            return NONE;
        }
        Map<String, Place> all = new HashMap<>();
        for (String reference : references) {
            Path file = Path.of(reference);
            if (Files.isRegularFile(file)) {
                add(file, all);
            } else {
                addShipped(reference, all);
            }
        }
        return new FixedFolds(Map.copyOf(all));
    }

    private static void addShipped(String name, Map<String, Place> all) {
        try (InputStream in = FixedFolds.class.getResourceAsStream("/folds/" + name + ".csv");
                ScratchDirectory scratch = ScratchDirectory.create("folds")) {
            if (in == null) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST, "there are no folds " + name + ": neither a file nor shipped");
            }
            Path file = scratch.path().resolve(name + ".csv");
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            add(file, all);
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read folds " + name + ": " + e, e);
        }
    }

    private static void add(Path csv, Map<String, Place> all) {
        RowTable table = RowTable.read(csv, List.of("file", "fold"));
        for (RowTable.Row row : table.rows()) {
            if (!row.get("fold").matches("[1-9][0-9]{0,3}")) {
                table.fault(row.line(), "fold must be a whole number from 1, not '" + row.get("fold") + "'");
            } else if (all.put(row.get("file"), new Place(Integer.parseInt(row.get("fold")), row.get("group")))
                    != null) {
                table.fault(row.line(), row.get("file") + " is in two folds");
            }
        }
        table.throwFaults();
    }

    /**
     * @param folds how many there must be
     * @return fold of each item, 0-based, in their order; nothing unless every item has one and every fold an item
     */
    public Optional<int[]> of(List<Rated> items, int folds) {
        int[] found = items.stream()
                .mapToInt(item ->
                        places.getOrDefault(item.name(), new Place(0, "")).fold() - 1)
                .toArray();
        boolean[] used = new boolean[folds];
        for (int fold : found) {
            if (fold < 0 || fold >= folds) {
                return Optional.empty();
            }
            used[fold] = true;
        }
        for (boolean any : used) {
            if (!any) {
                return Optional.empty();
            }
        }
        return Optional.of(found);
    }

    /**
     * These folds where they name all items, otherwise others dealt by the seed, groups kept together.
     *
     * @return fold of each item, 0-based, in their order
     */
    public int[] orDealt(List<Rated> items, int folds, long seed) {
        return of(items, folds).orElseGet(() -> Folds.assign(items, groupOf(items, folds), folds, seed));
    }

    /** @return what the item looks like or shares its theme with; nothing where it stands alone or is not named here */
    public Optional<String> group(Rated item) {
        return Optional.ofNullable(places.get(item.name())).map(Place::group).filter(group -> !group.isEmpty());
    }

    /**
     * What must not be parted among these items: groups of these folds where they name all of them, otherwise themes, unless the names
     * know fewer themes than so many folds can use.
     *
     * @return the group; an item's own name where it stands alone
     */
    public Function<Rated, String> groupOf(List<Rated> items, int folds) {
        if (items.stream().allMatch(item -> places.containsKey(item.name()))) {
            return item -> group(item).orElse(item.name());
        }
        long themes = items.stream().map(Folds::theme).distinct().count();
        return themes >= 4L * folds && themes < items.size() ? Folds::theme : Rated::name;
    }
}
