package org.loupe.dataset.convert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.loupe.score.Task;
import org.loupe.training.data.RowTable;
import org.loupe.training.data.Scale;

/** KonIQ-10k. */
final class KoniqSet implements PublishedSet {
    private static final String SCORES = "koniq10k_scores_and_distributions.csv";
    private static final String SETS = "koniq10k_distributions_sets.csv";
    private static final int STEPS = 5;

    @Override
    public String id() {
        return "koniq";
    }

    @Override
    public String files() {
        return SCORES + ", " + SETS + " for the official split, pictures in 1024x768 or 512x384";
    }

    @Override
    public String origin() {
        return "database.mmsp-kn.de/koniq-10k-database.html; the sets file lies in the authors' repository subpic/koniq";
    }

    @Override
    public Conversion read(SetFiles files) {
        Conversion conversion = new Conversion(Task.QUALITY, new Scale(1, STEPS));
        Map<String, String> sets = new HashMap<>();
        Optional<Path> division = files.find(SETS);
        division.ifPresent(file -> RowTable.read(file, List.of("image_name", "set"))
                .rows()
                .forEach(row -> sets.put(row.get("image_name"), row.get("set"))));
        for (RowTable.Row row : RowTable.read(
                        files.labels(SCORES), List.of("image_name", "c1", "c2", "c3", "c4", "c5", "MOS"))
                .rows()) {
            String name = row.get("image_name");
            List<Integer> votes = new ArrayList<>();
            for (int step = 1; step <= STEPS; step++) {
                votes.add((int) Math.rint(Cells.number(row, "c" + step)));
            }
            Optional<Path> picture = files.picture(name, file -> file.toString().contains("1024x768"));
            conversion.votes(name, picture, votes).ifPresent(file -> {
                String set = sets.get(name);
                if (set != null) {
                    conversion.split(file, set);
                }
            });
        }
        conversion.note(
                "quality: single votes 1 (bad) to 5 (excellent) of some hundred people a picture, high is good");
        conversion.note(
                "the column MOS_zscore, on which most published figures are computed, is not used: it weighs each"
                        + " rater by his habits and ranks a little differently");
        if (division.isEmpty()) {
            conversion.note("no " + SETS + " was found, so there is no official split");
        }
        return conversion;
    }
}
