package org.loupe.dataset.convert;

import java.util.List;
import java.util.OptionalDouble;
import org.loupe.score.Task;
import org.loupe.training.data.RowTable;
import org.loupe.training.data.Scale;

/** KADID-10k. */
final class KadidSet implements PublishedSet {
    private static final String SCORES = "dmos.csv";

    @Override
    public String id() {
        return "kadid";
    }

    @Override
    public String files() {
        return SCORES + " (dist_img,ref_img,dmos,var), pictures in images";
    }

    @Override
    public String origin() {
        return "database.mmsp-kn.de/kadid-10k-database.html";
    }

    @Override
    public Conversion read(SetFiles files) {
        Conversion conversion = new Conversion(Task.QUALITY, new Scale(1, 5));
        for (RowTable.Row row : RowTable.read(files.labels(SCORES), List.of("dist_img", "ref_img", "dmos"))
                .rows()) {
            OptionalDouble variance = Cells.optional(row, "var");
            conversion.mean(
                    row.get("dist_img"),
                    files.picture(row.get("dist_img")),
                    Cells.number(row, "dmos"),
                    variance.isPresent()
                            ? OptionalDouble.of(Math.sqrt(Math.max(0, variance.getAsDouble())))
                            : OptionalDouble.empty());
        }
        conversion.note(
                "quality: although the column is called dmos, high is good: 5 is an imperceptible difference from the"
                        + " original, 1 a very annoying one");
        conversion.note("std is the root of the column var");
        conversion.note(
                "there is no official split; all copies of one original (the name up to the first _) must stay on one"
                        + " side; 'dataset check' finds nearly all of them");
        return conversion;
    }
}
