package org.loupe.dataset.check;

import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.LabelRow;
import org.loupe.training.data.Rated;

/**
 * What can be put right without a person. Rows that nothing can be learned from are left out: those that could not be read, pictures that
 * are missing or cannot be decoded or have no split, contradictory ratings (all of them), the same rating told again (all but the first).
 * Groups of copies that stand on several sides go to the part that holds most pictures, usually the training part: there a copy only weighs
 * twice, and no figure is measured on it. No rating and no scale is ever changed.
 */
final class Corrections {
    private final Map<Path, Medium> media;
    private final Map<Path, String> movedTo = new HashMap<>();
    private int leftOut;

    private Corrections(Map<Path, Medium> media) {
        this.media = media;
    }

    /**
     * What was done.
     *
     * @param rows written
     * @param leftOut rows that could be understood and were not
     * @param moved pictures that changed their part
     */
    record Done(int rows, int leftOut, int moved) {}

    /**
     * Writes labels and splits as one CSV file that serves as both.
     *
     * @param items the sound rows of all sources
     * @param target must not exist
     * @throws ScoringException IO_FAILED
     */
    static Done write(List<Item> items, Map<Path, Medium> media, CopyGroups copies, Path target) {
        Corrections corrections = new Corrections(media);
        List<Item> kept = corrections.kept(items);
        corrections.gather(kept, copies);
        try {
            corrections.write(kept, target);
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot write " + target + ": " + e.getMessage(), e);
        }
        long moved = kept.stream()
                .filter(item -> !corrections.split(item).equals(item.split()))
                .map(Item::file)
                .distinct()
                .count();
        return new Done(kept.size(), corrections.leftOut, (int) moved);
    }

    private List<Item> kept(List<Item> items) {
        Map<String, List<Item>> ratings = items.stream()
                .collect(Collectors.groupingBy(item -> item.row().rated().task() + " " + item.file()));
        List<Item> kept = new ArrayList<>();
        Set<String> told = new HashSet<>();
        for (Item item : items) {
            String key = item.row().rated().task() + " " + item.file();
            Medium medium = media.get(item.file());
            boolean known = item.set().splitOf(item.row()).isPresent();
            boolean agreed = !LabelChecks.contradict(ratings.getOrDefault(key, List.of(item)));
            if (medium != null && medium.readable() && known && agreed && told.add(key)) {
                kept.add(item);
            } else {
                leftOut++;
            }
        }
        return kept;
    }

    private void gather(List<Item> kept, CopyGroups copies) {
        Map<String, Integer> sizes = new TreeMap<>();
        Map<Path, List<Item>> byFile = new HashMap<>();
        for (Item item : kept) {
            sizes.merge(item.split(), 1, Integer::sum);
            byFile.computeIfAbsent(item.file(), f -> new ArrayList<>()).add(item);
        }
        List<List<Path>> groups =
                new ArrayList<>(byFile.keySet().stream().map(List::of).toList());
        copies.groups().forEach(group -> groups.add(group.files()));
        for (List<Path> group : groups) {
            Set<String> splits = group.stream()
                    .flatMap(file -> byFile.getOrDefault(file, List.of()).stream())
                    .map(Item::split)
                    .collect(Collectors.toSet());
            if (splits.size() > 1) {
                String largest = splits.stream()
                        .max(Comparator.comparingInt((String split) -> sizes.getOrDefault(split, 0))
                                .thenComparing(Comparator.naturalOrder()))
                        .orElseThrow();
                group.forEach(file -> movedTo.put(file, largest));
            }
        }
    }

    private String split(Item item) {
        return movedTo.getOrDefault(item.file(), item.split());
    }

    private void write(List<Item> kept, Path target) throws IOException {
        boolean withSplits = kept.stream().anyMatch(item -> !split(item).isEmpty());
        int steps = kept.stream()
                .mapToInt(item -> item.row().rated().votes().size())
                .max()
                .orElse(0);
        List<String> header = new ArrayList<>(List.of("file", "task", "mos", "std", "votes", "scale_min", "scale_max"));
        for (int step = 1; step <= steps; step++) {
            header.add("n" + step);
        }
        if (withSplits) {
            header.add("split");
        }
        Path directory = target.toAbsolutePath().normalize().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        CsvMapper mapper = new CsvMapper();
        try (SequenceWriter csv = mapper.writer(CsvSchema.emptySchema())
                .writeValues(Files.newBufferedWriter(target, StandardOpenOption.CREATE_NEW))) {
            csv.write(header);
            for (Item item : kept) {
                csv.write(cells(item, directory, steps, withSplits));
            }
        }
    }

    private List<String> cells(Item item, @Nullable Path directory, int steps, boolean withSplits) {
        LabelRow row = item.row();
        Rated rated = row.rated();
        double range = Math.abs(row.scale().best() - row.scale().worst());
        String name = directory == null || !item.file().startsWith(directory)
                ? item.file().toString()
                : directory.relativize(item.file()).toString();
        List<String> cells = new ArrayList<>(List.of(
                name,
                rated.task().id(),
                text(row.label()),
                rated.std().isPresent() ? text(rated.std().getAsDouble() * range / 4) : "",
                row.voters().isPresent() ? Integer.toString(row.voters().getAsInt()) : "",
                text(row.scale().worst()),
                text(row.scale().best())));
        for (int step = 0; step < steps; step++) {
            cells.add(step < rated.votes().size() ? rated.votes().get(step).toString() : "");
        }
        if (withSplits) {
            cells.add(split(item));
        }
        return cells;
    }

    /** A deviation went through the 1..5 scale and back: what that added is no digit of the source. */
    private static String text(double value) {
        return new BigDecimal(value)
                .round(new MathContext(12))
                .stripTrailingZeros()
                .toPlainString();
    }
}
