package org.loupe.dataset.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.loupe.dataset.check.Finding.Kind;
import org.loupe.dataset.check.Finding.Place;
import org.loupe.training.data.Folds;

/**
 * Pictures of one theme, "lake 1" and "lake 2", on both sides of a split: not copies, but a model that has seen the one knows the other
 * better than it knows strangers. The theme is what is left of a file's name without its number.
 */
final class ThemeCheck {
    /** Names such as {@code IMG_1234} know one theme; fewer than these are collections, not themes. */
    private static final int FEWEST_THEMES = 20;
    /** A theme holds a few pictures. */
    private static final double LARGEST_THEME = 0.1;

    private ThemeCheck() {}

    /** @param items the sound rows */
    static List<Finding> of(List<Item> items) {
        Map<String, List<Item>> themes = items.stream()
                .collect(Collectors.groupingBy(
                        item -> Folds.theme(item.row().rated()), TreeMap::new, Collectors.toList()));
        int largest = themes.values().stream().mapToInt(List::size).max().orElse(0);
        if (themes.size() < FEWEST_THEMES
                || themes.size() > items.size() / 1.5
                || largest > LARGEST_THEME * items.size()) {
            return List.of();
        }
        List<Place> places = new ArrayList<>();
        List<String> names = new ArrayList<>();
        themes.forEach((theme, members) -> {
            if (members.stream().map(Item::split).distinct().count() > 1) {
                names.add(theme);
                members.forEach(item -> places.add(item.place(item.split())));
            }
        });
        if (names.isEmpty()) {
            return List.of();
        }
        return List.of(new Finding(
                Kind.THEME_ACROSS_SPLITS,
                Severity.WARNING,
                names.size() + " of " + themes.size() + " themes stand on several sides of the split, such as "
                        + names.get(0),
                places,
                "keep each theme on one side, or figures tell more about the themes than about the taste"));
    }
}
