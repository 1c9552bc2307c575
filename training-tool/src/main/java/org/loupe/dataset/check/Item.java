package org.loupe.dataset.check;

import java.nio.file.Path;
import org.loupe.training.data.LabelRow;

/**
 * A sound row with its source.
 *
 * @param set where it stands
 * @param row what it says
 */
record Item(LabelSet set, LabelRow row) {
    /** @return the picture, in a form that is equal for equal files */
    Path file() {
        return row.rated().file().toAbsolutePath().normalize();
    }

    /** @return its part; empty where it has none */
    String split() {
        return set.splitOf(row).orElse("");
    }

    Finding.Place place(String remark) {
        return set.place(row, remark);
    }
}
