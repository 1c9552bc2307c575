package org.loupe.dataset.convert;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.loupe.score.Task;
import org.loupe.training.data.RowTable;
import org.loupe.training.data.Scale;

/** LSVQ, videos. */
final class LsvqSet implements PublishedSet {
    private static final String TRAIN_TEST = "labels_train_test.csv";
    private static final String TEST_1080P = "labels_test_1080p.csv";

    @Override
    public String id() {
        return "lsvq";
    }

    @Override
    public String files() {
        return TRAIN_TEST + " (name,mos,is_test,...) and " + TEST_1080P + ", videos as <name>.mp4 anywhere below";
    }

    @Override
    public String origin() {
        return "github.com/baidut/PatchVQ, on request";
    }

    @Override
    public Conversion read(SetFiles files) {
        Conversion conversion = new Conversion(Task.QUALITY, new Scale(0, 100));
        for (RowTable.Row row : RowTable.read(files.labels(TRAIN_TEST), List.of("name", "mos", "is_test"))
                .rows()) {
            add(conversion, files, row, isTrue(row.get("is_test")) ? "test" : "train");
        }
        Optional<Path> large = files.find(TEST_1080P);
        large.ifPresent(file -> RowTable.read(file, List.of("name", "mos"))
                .rows()
                .forEach(row -> add(conversion, files, row, "test-1080p")));
        conversion.note(
                "quality: mean opinion 0 (bad) to 100 (excellent) of whole videos, high is good; ratings of patches"
                        + " are not used");
        conversion.note(
                large.isPresent()
                        ? "splits as published: train, test, test-1080p"
                        : "no " + TEST_1080P + " was found: splits are train and test");
        return conversion;
    }

    private static void add(Conversion conversion, SetFiles files, RowTable.Row row, String split) {
        String name = row.get("name");
        conversion
                .mean(
                        name,
                        files.picture(name).or(() -> files.picture(name + ".mp4")),
                        Cells.number(row, "mos"),
                        OptionalDouble.empty())
                .ifPresent(file -> conversion.split(file, split));
    }

    private static boolean isTrue(String cell) {
        return cell.equalsIgnoreCase("true") || cell.equals("1") || cell.equals("1.0");
    }
}
