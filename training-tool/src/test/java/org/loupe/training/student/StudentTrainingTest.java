package org.loupe.training.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.decode.Frame;
import org.loupe.engine.EngineConfig;
import org.loupe.export.small.FeatureExtractor;
import org.loupe.export.small.FeatureGraph;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.modelpackage.Manifest;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.data.TestPictures;
import org.loupe.training.head.FitKeeper;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.loop.TrainingLoop;
import org.loupe.training.teacher.RandomTeacher;
import org.loupe.training.teacher.Teacher;

class StudentTrainingTest {
    private static final StudentShape SHAPE = new StudentShape(
            6,
            List.of(
                    new StudentShape.Stage(8, 3, List.of()),
                    new StudentShape.Stage(12, 2, List.of(StudentShape.Block.SEPARABLE, StudentShape.Block.FULL)),
                    new StudentShape.Stage(16, 2, List.of(StudentShape.Block.WIDE))),
            2);
    private static final StudentTraining.Watcher NOBODY = new StudentTraining.Watcher() {
        @Override
        public void shown(int pictures, int all) {}

        @Override
        public void after(Progress progress) {}
    };

    private final Path directory;

    StudentTrainingTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void aNetworkInTheGraphAnswersAsItDidInTraining() throws IOException {
        try (Teacher teacher = teacher();
                LessonBook book = training(5).lessons(teacher, pictures(3, 128, 128), directory, NOBODY);
                PointerScope scope = new PointerScope()) {
            torch.manual_seed(5);
            StudentTrainable student = new StudentTrainable(recipe(5), book, book.entries(), List.of());
            new TrainingLoop(recipe(5).loop(), "student").run(student); // gives the normalisations something to fold
            Network network = student.learned(book.entries());
            try (FeatureExtractor extractor =
                    FeatureExtractor.open(EngineConfig.DEFAULT.withThreads(1), Optional.of(network))) {
                for (int[] size : new int[][] {{64, 64}, {97, 130}, {131, 75}}) {
                    Frame picture = TestPictures.photo(size[0], size[0], size[1]);
                    float[] pooled = student.pooled(picture);
                    float[] inputs = extractor.features(picture);
                    for (int z = 0; z < network.outputs(); z++) {
                        double expected = network.bias()[z];
                        for (int i = 0; i < pooled.length; i++) {
                            expected += (double) network.projection()[z][i] * pooled[i];
                        }
                        assertThat((double) inputs[FeatureGraph.names().size() + z])
                                .as("net_" + z + " at " + size[0] + " x " + size[1])
                                .isCloseTo(expected, within(1e-4 * Math.max(1, Math.abs(expected))));
                    }
                }
            }
        }
    }

    @Test
    void tellsMoreOfUnseenPicturesTheLongerItLearns() throws IOException {
        List<Path> pictures = pictures(24, 128, 128);
        teach(training(2), pictures, "short", false);
        teach(training(90), pictures, "long", false);
        assertThat(explained("long")).isGreaterThan(explained("short") + 0.1);
    }

    @Test
    void aRunThatWasKilledEndsWithTheSameNetwork() throws IOException {
        List<Path> pictures = pictures(5, 128, 64);
        Network whole = teach(training(6), pictures, "whole", false);
        Path lessons = onlyLessons("whole");
        // killed while the teacher was asked, with half a lesson written
        Path other = Files.createDirectories(directory.resolve("other").resolve("lessons"));
        byte[] bytes = Files.readAllBytes(lessons);
        Files.write(
                other.resolve(String.valueOf(lessons.getFileName())),
                java.util.Arrays.copyOf(bytes, bytes.length * 3 / 5));
        Network resumed = teach(training(6), pictures, "other", true);
        assertThat(onlyLessons("other")).hasSameBinaryContentAs(lessons);
        assertThat(resumed.projection()).isDeepEqualTo(whole.projection());
        assertThat(resumed.stem().weights()).containsExactly(whole.stem().weights());
        Network loaded = teach(training(6), pictures, "whole", true);
        assertThat(loaded.projection()).isDeepEqualTo(whole.projection());
    }

    @Test
    void aPartOfALessonIsThatPartOfItsPixelsAndAnswers() {
        Frame photo = TestPictures.photo(1, 192, 128);
        float[] cells = new float[6 * Said.CELL_WIDTH];
        for (int i = 0; i < cells.length; i++) {
            int cell = i / Said.CELL_WIDTH;
            cells[i] = cell;
        }
        Lesson part = new Lesson(photo, new Said(cells)).part(1, 1, 1);
        assertThat(part.said().means(0)).containsOnly(4);
        assertThat(part.pixels().rgb()[0]).isEqualTo(photo.rgb()[(64 * 192 + 64) * 3]);
        assertThat(part.pixels().width()).isEqualTo(64);
    }

    @Test
    void wholeAnswersAreMeanAndDeviationOverAllCells() {
        float[] cells = new float[2 * Said.CELL_WIDTH];
        int square = Said.CELL_WIDTH / 2;
        cells[0] = 1;
        cells[square] = 2;
        cells[Said.CELL_WIDTH] = 3;
        cells[Said.CELL_WIDTH + square] = 12;
        float[] whole = new Said(cells).whole();
        assertThat(whole[0]).isEqualTo(2);
        assertThat(whole[square]).isEqualTo((float) Math.sqrt(3));
    }

    @Test
    void viewsAreWholeCellsAndNeverSmallerThanACrop() {
        Views views = new Views(64, List.of(Distortion.values()), 0.7);
        for (int view = 0; view < 12; view++) {
            Frame seen = views.of(TestPictures.photo(view, 150, 99), view, new SplittableRandom(view))
                    .orElseThrow();
            assertThat(seen.width() % Teacher.CELL + seen.height() % Teacher.CELL)
                    .isZero();
        }
        assertThat(views.of(TestPictures.photo(1, 200, 63), 0, new SplittableRandom(1)))
                .isEmpty();
    }

    @Test
    void refusesPicturesOfWhichNoneIsLargeEnough() throws IOException {
        List<Path> pictures = pictures(2, 60, 90);
        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> teach(training(2), pictures, "small", false))
                .withMessageContaining("larger");
    }

    @Test
    void componentsComeByFallingVarianceAndAreUncorrelated() {
        SplittableRandom random = new SplittableRandom(4);
        float[][] pooled = new float[200][5];
        float[][] told = new float[7][5];
        for (float[][] matrix : List.of(pooled, told)) {
            for (float[] row : matrix) {
                for (int i = 0; i < row.length; i++) {
                    row[i] = (float) random.nextGaussian();
                }
            }
        }
        float[] weights = {1, 1, 1, 0.5f, 0.5f, 2, 1};
        try (PointerScope scope = new PointerScope()) {
            Projection projection = Projection.of(pooled, told, weights, 3);
            double[][] products = new double[3][3];
            for (float[] row : pooled) {
                double[] z = IntStream.range(0, 3)
                        .mapToDouble(k -> projection.bias()[k] + dot(projection.matrix()[k], row))
                        .toArray();
                for (int k = 0; k < 3; k++) {
                    for (int l = 0; l < 3; l++) {
                        products[k][l] += z[k] * z[l] / (pooled.length - 1);
                    }
                }
            }
            assertThat(products[0][0]).isCloseTo(1, within(1e-4));
            assertThat(products[1][1]).isLessThan(1).isGreaterThan(products[2][2]);
            assertThat(products[0][1]).isCloseTo(0, within(1e-4));
            assertThat(products[1][2]).isCloseTo(0, within(1e-4));
        }
    }

    @Test
    void theStudentsOwnComponentsDoNotDependOnTheUnitsOfItsChannels() {
        SplittableRandom random = new SplittableRandom(9);
        float[][] pooled = new float[40][5];
        float[][] rescaled = new float[40][5];
        for (int i = 0; i < pooled.length; i++) {
            for (int c = 0; c < 5; c++) {
                pooled[i][c] = (float) (random.nextGaussian() + (c > 0 ? 0.5 * pooled[i][c - 1] : 3));
                rescaled[i][c] = c == 2 ? 100 * pooled[i][c] : pooled[i][c];
            }
        }
        try (PointerScope scope = new PointerScope()) {
            Projection one = Projection.of(pooled, 4);
            Projection other = Projection.of(rescaled, 4);
            for (int i = 0; i < pooled.length; i++) {
                for (int k = 0; k < 4; k++) {
                    double z = one.bias()[k] + dot(one.matrix()[k], pooled[i]);
                    double same = other.bias()[k] + dot(other.matrix()[k], rescaled[i]);
                    // the sign of a component follows its largest entry, which may be another one by rounding
                    assertThat(Math.abs(same)).isCloseTo(Math.abs(z), within(1e-4));
                }
            }
        }
    }

    @Test
    void componentsThatARecipeDoesNotWantAreNone() {
        float[][] pooled = {{1, 2, 0}, {2, 1, 1}, {0, 1, 3}, {4, 0, 1}};
        try (PointerScope scope = new PointerScope()) {
            Projection own = Projection.of(pooled, 2);
            Projection alone = Projection.of(pooled, 0).and(own);
            assertThat(alone.matrix()).isDeepEqualTo(own.matrix());
            assertThat(alone.bias()).isEqualTo(own.bias());
        }
    }

    private static double dot(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (double) one[i] * other[i];
        }
        return sum;
    }

    private Teacher teacher() {
        return Teacher.open(RandomTeacher.write(directory.resolve("npm"), 3));
    }

    private Network teach(StudentTraining training, List<Path> pictures, String run, boolean resume) {
        Path out = directory.resolve(run);
        try (Teacher teacher = teacher();
                FitKeeper keeper = FitKeeper.in(out, resume)) {
            return training.teach(teacher, pictures, out.resolve("lessons"), keeper, NOBODY);
        }
    }

    private double explained(String run) throws IOException {
        List<String> lines = Files.readAllLines(directory.resolve(run).resolve("run.jsonl"));
        JsonNode end = new ObjectMapper().readTree(lines.get(lines.size() - 1));
        return end.get("metrics").get("explained").asDouble();
    }

    private Path onlyLessons(String run) throws IOException {
        try (var files = Files.list(directory.resolve(run).resolve("lessons"))) {
            return files.toList().get(0);
        }
    }

    private List<Path> pictures(int count, int width, int height) throws IOException {
        Path folder = Files.createDirectories(directory.resolve("pictures"));
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Path file = folder.resolve(i + ".jpg");
            TestPictures.write(TestPictures.photo(i, width, height), file);
            files.add(file);
        }
        return files;
    }

    private static StudentRecipe recipe(int steps) {
        LoopConfig loop = LoopConfig.DEFAULT
                .with("max-steps", steps)
                .with("batch", 8)
                .with("learning-rate", 0.01)
                .with("evaluate-every", 1000);
        return new StudentRecipe(SHAPE, new StudentRecipe.Outputs(6, 3), 2, 0.5, 64, 0.9, 0.3, loop);
    }

    private static StudentTraining training(int steps) {
        Manifest.Input input = new Manifest.Input(Manifest.Mode.NATIVE, null, null, 512, 1024, null, null, "area");
        ServedFrames served = new ServedFrames(Preprocessors.of(input));
        return new StudentTraining(recipe(steps), List.of(Distortion.BLUR, Distortion.NOISE), served, 7, 2);
    }
}
