package org.loupe.dataset.check;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.training.data.LabelFault;
import org.loupe.training.data.LabelRow;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.SplitsCsv;

/**
 * One source of labels as it was given.
 *
 * @param index position on the command line, from 0
 * @param path where it lies
 * @param name for the reader
 * @param rows the sound ones
 * @param faults of the others
 * @param splits which part each picture belongs to; null where none are given
 * @param ownSplit stands for the splits where there are none: several sources are parts of one whole; empty for a single source
 */
record LabelSet(
        int index,
        Path path,
        String name,
        List<LabelRow> rows,
        List<LabelFault> faults,
        @Nullable SplitsCsv splits,
        String ownSplit) {

    static LabelSet read(int index, Path path, Ratings.Hints hints, @Nullable SplitsCsv splits, String ownSplit) {
        Ratings.Examined found = Ratings.examine(path, hints);
        return new LabelSet(index, path, Ratings.setName(path), found.rows(), found.faults(), splits, ownSplit);
    }

    /** @return the part a row belongs to; empty where the splits do not name it */
    Optional<String> splitOf(LabelRow row) {
        return splits == null ? Optional.of(ownSplit) : splits.of(row.rated().name());
    }

    Finding.Place place(LabelRow row, String remark) {
        return new Finding.Place(index, row.line(), row.rated().name(), remark);
    }
}
