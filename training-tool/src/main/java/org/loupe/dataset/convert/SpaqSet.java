package org.loupe.dataset.convert;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Scale;

/** SPAQ. */
final class SpaqSet implements PublishedSet {
    private static final String SCORES = "MOS and Image attribute scores.xlsx";

    @Override
    public String id() {
        return "spaq";
    }

    @Override
    public String files() {
        return "'" + SCORES + "', pictures in TestImage";
    }

    @Override
    public String origin() {
        return "github.com/h4nwei/SPAQ; for research only, other use needs the authors' permission";
    }

    @Override
    public Conversion read(SetFiles files) {
        Conversion conversion = new Conversion(Task.QUALITY, new Scale(0, 100));
        Path scores = files.labels(SCORES);
        List<List<String>> rows = ExcelSheet.first(scores);
        List<String> header = rows.isEmpty() ? List.of() : rows.get(0);
        int name = header.indexOf("Image name");
        int mos = header.indexOf("MOS");
        if (name < 0 || mos < 0) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    scores + " has no columns 'Image name' and 'MOS' in its first sheet, but " + header);
        }
        for (int i = 1; i < rows.size(); i++) {
            List<String> row = rows.get(i);
            if (row.size() > Math.max(name, mos) && !row.get(name).isBlank()) {
                String picture = row.get(name).strip();
                conversion.mean(
                        picture,
                        files.picture(picture),
                        Cells.number(row.get(mos), "MOS", i + 1),
                        OptionalDouble.empty());
            }
        }
        conversion.note("quality: mean opinion 0 (bad) to 100 (excellent), high is good; deviations are not published");
        conversion.note("there is no official split; publications divide it by chance, 80 to 20");
        return conversion;
    }
}
