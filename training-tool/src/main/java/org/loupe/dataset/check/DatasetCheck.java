package org.loupe.dataset.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.dataset.check.Finding.Kind;
import org.loupe.dataset.check.Finding.Place;
import org.loupe.score.Task;
import org.loupe.scoring.LocalScorer;
import org.loupe.training.data.LabelRow;

/** One check of some sources: everything is read once, then looked at from every side. */
final class DatasetCheck {
    private final List<LabelSet> sets;
    private final ProgressBar bar;
    private final List<Item> items = new ArrayList<>();
    private final Map<Path, List<Item>> itemsOf = new LinkedHashMap<>();
    private final Map<Path, Medium> media;
    private final CopyGroups copies;

    /** Reads and compares all media. */
    DatasetCheck(List<LabelSet> sets, ProgressBar bar) {
        this.sets = sets;
        this.bar = bar;
        for (LabelSet set : sets) {
            for (LabelRow row : set.rows()) {
                Item item = new Item(set, row);
                items.add(item);
                itemsOf.computeIfAbsent(item.file(), f -> new ArrayList<>()).add(item);
            }
        }
        Set<Path> files = new LinkedHashSet<>(itemsOf.keySet());
        this.media = new MediaScan(bar).read(files);
        this.copies = CopyGroups.of(media.values(), done -> bar.at("Comparing pictures", done, media.size()));
    }

    /** @param scorer the model that tells which way labels run, asked only when needed; null to leave that open */
    CheckReport report(@Nullable Supplier<LocalScorer> scorer) {
        List<LabelSummary> summaries = new ArrayList<>();
        Map<LabelSet, Map<Task, List<Item>>> parts = parts();
        parts.forEach(
                (set, byTask) -> byTask.forEach((task, rated) -> summaries.add(LabelSummary.of(set, task, rated))));
        List<Finding> findings = new ArrayList<>(LabelChecks.of(sets, items, summaries));
        unreadable(findings);
        CopyChecks copyChecks = new CopyChecks(itemsOf);
        findings.addAll(copyChecks.sameFileInTwoSplits());
        findings.addAll(copyChecks.of(copies));
        findings.addAll(ThemeCheck.of(items));
        if (scorer != null && !items.isEmpty()) {
            directions(parts, scorer, findings);
        }
        return new CheckReport(sets, summaries, media.size(), findings);
    }

    /** Writes what can be put right by itself, see {@link Corrections}. */
    Corrections.Done correct(Path target) {
        return Corrections.write(items, media, copies, target);
    }

    private Map<LabelSet, Map<Task, List<Item>>> parts() {
        Map<LabelSet, Map<Task, List<Item>>> parts = new LinkedHashMap<>();
        for (Item item : items) {
            parts.computeIfAbsent(item.set(), s -> new EnumMap<>(Task.class))
                    .computeIfAbsent(item.row().rated().task(), t -> new ArrayList<>())
                    .add(item);
        }
        return parts;
    }

    private void unreadable(List<Finding> findings) {
        List<Place> rows = new ArrayList<>();
        itemsOf.forEach((file, rated) -> {
            Medium medium = media.get(file);
            if (medium != null && !medium.readable()) {
                rated.forEach(item -> rows.add(item.place(medium.failure())));
            }
        });
        if (!rows.isEmpty()) {
            findings.add(new Finding(
                    Kind.MEDIA_UNREADABLE,
                    Severity.ERROR,
                    rows.size() + (rows.size() == 1 ? " row names a medium" : " rows name media")
                            + " that the server would refuse",
                    rows,
                    "fetch them anew or convert them, or leave their rows out (--fix does)"));
        }
    }

    private void directions(
            Map<LabelSet, Map<Task, List<Item>>> parts, Supplier<LocalScorer> open, List<Finding> findings) {
        try (LocalScorer scorer = open.get()) {
            Set<Task> known = scorer.manifest().prompts().stream()
                    .map(prompt -> prompt.task())
                    .collect(Collectors.toSet());
            DirectionCheck check = new DirectionCheck(scorer, bar);
            parts.forEach((set, byTask) -> byTask.forEach((task, rated) -> {
                List<LabelRow> readable = rated.stream()
                        .filter(item -> {
                            Medium medium = media.get(item.file());
                            return medium != null && medium.readable();
                        })
                        .map(Item::row)
                        .toList();
                DirectionCheck.Direction direction = known.contains(task) ? check.of(set, task, readable) : null;
                if (direction != null) {
                    findings.add(direction.finding());
                }
            }));
        }
    }
}
