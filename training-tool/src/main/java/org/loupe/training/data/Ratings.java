package org.loupe.training.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.loupe.score.Task;

/**
 * Reads what people said about pictures, in any of the forms it comes in; pictures lie relative to the file.
 *
 * <ul>
 *   <li>{@code .csv}: {@code file,task,mos,std,votes,scale_min,scale_max}, std and votes may be empty; or raw votes,
 *       {@code file,task,n1,...,nK} with the worst step first. A {@code scale_min} above {@code scale_max} means that more is worse (DMOS).
 *   <li>{@code .jsonl}: the same names, one object a line; votes as an array {@code n}.
 *   <li>{@code .json}: the reference's training and test files, see {@link ReferenceJson}.
 *   <li>a folder: photographs with stars, see {@link StarFolder}.
 * </ul>
 *
 * Ratings are mapped linearly to 1..5, so sets rated on different scales can stand side by side. A source may hold both tasks.
 */
public final class Ratings {
    private Ratings() {}

    /**
     * What a source may leave unsaid.
     *
     * @param task what was asked, where the source does not say; null: the source must say, stars are taken for aesthetics
     * @param scale on what scale, where the source does not say; null: the source must say, or holds levels only
     */
    public record Hints(@Nullable Task task, @Nullable Scale scale) {
        public static final Hints NONE = new Hints(null, null);
    }

    /**
     * All that a source holds, sound or not.
     *
     * @param rows the sound ones in their order; of a picture rated twice both
     * @param faults what is wrong with the others
     */
    public record Examined(List<LabelRow> rows, List<LabelFault> faults) {
        public Examined {
            rows = List.copyOf(rows);
            faults = List.copyOf(faults);
        }
    }

    /** As {@link #read(Path, Hints)}, of a source that says everything itself. */
    public static List<Rated> read(Path source) {
        return read(source, Hints.NONE);
    }

    /**
     * @return the ratings in the order of the source
     * @throws org.loupe.score.ScoringException INVALID_REQUEST naming every fault with its place, missing pictures included; IO_FAILED if
     *     the source itself cannot be read
     */
    public static List<Rated> read(Path source, Hints hints) {
        Examined found = examine(source, hints);
        LabelFault.refuse(source, found.faults());
        return found.rows().stream().map(LabelRow::rated).toList();
    }

    /**
     * Reads what can be read and tells what cannot.
     *
     * @throws org.loupe.score.ScoringException INVALID_REQUEST if the source as a whole makes no sense, such as a CSV file without the
     *     columns; IO_FAILED if it cannot be read
     */
    public static Examined examine(Path source, Hints hints) {
        if (Files.isDirectory(source)) {
            List<Rated> starred = StarFolder.read(source, hints.task() == null ? Task.AESTHETICS : hints.task());
            return new Examined(
                    IntStream.range(0, starred.size())
                            .mapToObj(i -> new LabelRow(
                                    i + 1, starred.get(i), starred.get(i).mos(), Scale.FIVE))
                            .toList(),
                    List.of());
        }
        String name = source.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".json")) {
            return ReferenceJson.read(source, hints);
        }
        RowTable table = name.endsWith(".jsonl")
                ? RowTable.readJsonLines(source, LabelRows.REQUIRED)
                : RowTable.read(source, LabelRows.REQUIRED);
        List<LabelRow> rows = LabelRows.read(table, source, hints);
        return new Examined(rows, table.faults());
    }

    /** @return what to call the set: the folder, or the directory the labels lie in */
    public static String setName(Path source) {
        Path whole = source.toAbsolutePath().normalize();
        Path directory = Files.isDirectory(whole) ? whole : whole.getParent();
        Path name = directory == null ? null : directory.getFileName();
        return name == null ? "set" : name.toString();
    }

    /** @return the items by task, quality first; a task without items is absent */
    public static Map<Task, List<Rated>> byTask(List<Rated> items) {
        Map<Task, List<Rated>> byTask = new TreeMap<>();
        items.forEach(item ->
                byTask.computeIfAbsent(item.task(), t -> new ArrayList<>()).add(item));
        return byTask;
    }
}
