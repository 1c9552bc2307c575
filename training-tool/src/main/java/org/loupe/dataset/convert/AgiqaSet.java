package org.loupe.dataset.convert;

import java.util.List;
import org.loupe.score.Task;
import org.loupe.training.data.RowTable;
import org.loupe.training.data.Scale;

/** AGIQA-3K. */
final class AgiqaSet implements PublishedSet {
    private static final String SCORES = "data.csv";

    @Override
    public String id() {
        return "agiqa";
    }

    @Override
    public String files() {
        return SCORES + " (name,prompt,...,mos_quality,std_quality,...), pictures anywhere below";
    }

    @Override
    public String origin() {
        return "github.com/lcysyzxdxc/AGIQA-3k-Database";
    }

    @Override
    public Conversion read(SetFiles files) {
        Conversion conversion = new Conversion(Task.QUALITY, new Scale(0, 5));
        for (RowTable.Row row : RowTable.read(files.labels(SCORES), List.of("name", "mos_quality"))
                .rows()) {
            conversion.mean(
                    row.get("name"),
                    files.picture(row.get("name")),
                    Cells.number(row, "mos_quality"),
                    Cells.optional(row, "std_quality"));
        }
        conversion.note("quality: mean opinion 0 (bad) to 5 (excellent), high is good; these are generated pictures");
        conversion.note("mos_align, how well a picture fits its prompt, is another question and is not used");
        conversion.note("there is no official split");
        return conversion;
    }
}
