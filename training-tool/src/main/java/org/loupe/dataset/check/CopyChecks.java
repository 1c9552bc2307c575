package org.loupe.dataset.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.loupe.dataset.check.Finding.Kind;
import org.loupe.dataset.check.Finding.Place;
import org.loupe.score.Task;

/** Copies within a part, which weigh twice, and across parts, which make every figure too good. */
final class CopyChecks {
    private final Map<Path, List<Item>> itemsOf;

    /** @param itemsOf the sound rows of each file */
    CopyChecks(Map<Path, List<Item>> itemsOf) {
        this.itemsOf = itemsOf;
    }

    List<Finding> of(CopyGroups copies) {
        List<Finding> findings = new ArrayList<>();
        for (CopyGroups.Group group : copies.groups()) {
            findings.add(finding(group));
        }
        return findings;
    }

    /** A file given in two sources under different splits leaks as well. */
    List<Finding> sameFileInTwoSplits() {
        List<Finding> findings = new ArrayList<>();
        itemsOf.forEach((file, items) -> {
            SortedSet<String> splits = splits(items);
            if (splits.size() > 1) {
                findings.add(new Finding(
                        Kind.COPY_ACROSS_SPLITS,
                        Severity.ERROR,
                        items.get(0).row().rated().name() + " itself stands in " + String.join(" and ", splits),
                        places(items),
                        "take it out of all parts but one (--fix does)"));
            }
        });
        return findings;
    }

    private Finding finding(CopyGroups.Group group) {
        List<Item> items = group.files().stream()
                .flatMap(file -> itemsOf.getOrDefault(file, List.of()).stream())
                .toList();
        SortedSet<String> splits = splits(items);
        boolean leak = splits.size() > 1;
        String alike = group.exact()
                ? " are the same bytes"
                : String.format(
                        Locale.ROOT,
                        " look the same%s (similarity %.3f)",
                        group.mirrored() ? ", some in a mirror" : "",
                        group.similarity());
        String apart = apart(items);
        return new Finding(
                leak
                        ? group.exact() ? Kind.COPY_ACROSS_SPLITS : Kind.NEAR_COPY_ACROSS_SPLITS
                        : group.exact() ? Kind.COPIES : Kind.NEAR_COPIES,
                leak ? Severity.ERROR : Severity.WARNING,
                named(group.files()) + alike + (leak ? " and stand in " + String.join(" and ", splits) : "") + apart,
                places(items),
                leak ? "keep all of them on one side (--fix does)" : advice(group, apart));
    }

    private static String named(List<Path> files) {
        String two = files.get(0).getFileName()
                + (files.size() > 2 ? ", " : " and ")
                + files.get(1).getFileName();
        return files.size() > 2 ? two + " and " + (files.size() - 2) + " more" : two;
    }

    private static String advice(CopyGroups.Group group, String apart) {
        if (apart.isEmpty()) {
            return "keep one, or live with its double weight";
        }
        return group.exact()
                ? "the same bytes cannot deserve both: keep the rating that is right"
                : "nothing if one is a spoiled copy of the other and was rated as such; otherwise look at them";
    }

    private static String apart(List<Item> items) {
        double most = 0;
        for (Task task : Task.values()) {
            DoubleSummaryStatistics mos = items.stream()
                    .filter(item -> item.row().rated().task() == task)
                    .mapToDouble(item -> item.row().rated().mos())
                    .summaryStatistics();
            if (mos.getCount() > 1) {
                most = Math.max(most, mos.getMax() - mos.getMin());
            }
        }
        return most > 1 ? String.format(Locale.ROOT, ", rated %.1f apart on 1..5", most) : "";
    }

    private static SortedSet<String> splits(List<Item> items) {
        TreeSet<String> splits = new TreeSet<>();
        items.stream().map(Item::split).filter(split -> !split.isEmpty()).forEach(splits::add);
        return splits;
    }

    private static List<Place> places(List<Item> items) {
        return items.stream().map(item -> item.place(item.split())).toList();
    }
}
