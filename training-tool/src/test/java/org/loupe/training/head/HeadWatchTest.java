package org.loupe.training.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.Task;
import org.loupe.training.data.Folds;
import org.loupe.training.data.Rated;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.loop.LoopResult;

/** Heads that choose their weights on pictures set aside. */
class HeadWatchTest {
    private static final int PICTURES = 80;
    private static final List<String> INPUTS = List.of("tells", "noise_1", "noise_2", "noise_3", "noise_4", "noise_5");
    private static final LoopConfig LOOP = LoopConfig.DEFAULT
            .with("epochs", 60)
            .with("batch", 16)
            .with("learning-rate", 0.02)
            .with("warm-up", 0.0);

    @TempDir
    private Path directory;

    @Test
    void withoutAWatchShareAHeadLearnsToTheLastStep() {
        LoopResult ended = fit("plain", 0, LOOP).get(0);
        assertThat(ended.reason()).isEqualTo("steps");
        assertThat(ended.steps()).isEqualTo(60 * 5);
        assertThat(ended.bestSteps()).isEqualTo(ended.steps());
    }

    @Test
    void aHeadStopsOnceNothingGetsBetterAndKeepsItsBest() {
        List<LoopResult> ended = fit("patient", 0.2, LOOP.with("patience", 4));
        assertThat(ended).hasSize(2).allSatisfy(result -> {
            assertThat(result.reason()).isEqualTo("patience");
            assertThat(result.steps()).isLessThan(60 * 4);
            assertThat(result.bestSteps())
                    .as("four evaluations, one an epoch of four steps, went by without a better one")
                    .isEqualTo(result.steps() - 4 * 4);
        });
    }

    @Test
    void whatIsSetAsideIsNotLearnedFromAndDiffersFromHeadToHead() {
        HeadData all = data();
        HeadData first = all.watched(0.25, 1);
        HeadData second = all.watched(0.25, 2);
        assertThat(first.items().length).isEqualTo(60);
        assertThat(first.measured().mos()).hasSize(20);
        Set<Double> learned = new HashSet<>();
        for (double mos : first.mos()) {
            learned.add(mos);
        }
        for (int i = 0; i < 20; i++) {
            double mos = first.measured().mos()[i];
            assertThat(learned).doesNotContain(mos);
            assertThat((double) first.measured().rows().get(i).get(0)[0]).isEqualTo(mos, within(1e-6));
        }
        assertThat(second.measured().mos()).isNotEqualTo(first.measured().mos());
        assertThat(all.watched(0.25, 1).measured().mos())
                .containsExactly(first.measured().mos());
    }

    @Test
    void groupsAreSetAsideWhole() {
        HeadData pairs = data(IntStream.range(0, PICTURES).map(i -> i / 2).toArray());
        HeadData watched = pairs.watched(0.25, 1);
        assertThat(watched.measured().mos()).hasSize(20);
        Set<Integer> kept = IntStream.of(watched.groups()).boxed().collect(Collectors.toSet());
        assertThat(kept).hasSize(30);
        for (double mos : watched.measured().mos()) {
            assertThat(kept).doesNotContain((int) Math.round((mos - 1) / 0.05) / 2);
        }
        int[] tens = IntStream.range(0, PICTURES).map(i -> i / 10).toArray();
        assertThat(data(tens).watched(0.2, 1).measured().mos())
                .as("two groups of ten are nearer to 16 than one")
                .hasSize(20);
    }

    @Test
    void picturesOfAThemeDoNotTellOfEachOther() {
        // inputs and rating are those of the theme and have nothing to do with each other: only themes that were
        // learned can be told
        assertThat(watchedOrder("alone", Rated::name)).isGreaterThan(0.8);
        assertThat(watchedOrder("themes", Folds::theme)).isLessThan(0.6);
    }

    private double watchedOrder(String name, Function<Rated, String> groupOf) {
        SplittableRandom random = new SplittableRandom(3);
        List<Example> examples = new ArrayList<>();
        for (int theme = 0; theme < PICTURES / 2; theme++) {
            float[] row = new float[INPUTS.size()];
            for (int c = 0; c < row.length; c++) {
                row[c] = random.nextFloat();
            }
            double mos = 1 + 4 * random.nextDouble();
            for (int i = 0; i < 2; i++) {
                String picture = "theme" + (char) ('A' + theme) + "_" + i + ".jpg";
                examples.add(
                        new Example(new Rated(Path.of(picture), picture, Task.QUALITY, mos), List.of(row), false, 1));
            }
        }
        HeadRecipe wide = recipe(0.25, LOOP).with("hidden", 256);
        try (FitKeeper keeper = FitKeeper.in(directory.resolve(name), false)) {
            new HeadFitting(wide, INPUTS, List.of(), List.of(), groupOf, 0, keeper)
                    .fit(name, examples, List.of(), 1, () -> {});
            return keeper.ended().values().stream()
                    .mapToDouble(ended -> Objects.requireNonNull(ended.metrics().get("srcc")))
                    .average()
                    .orElseThrow();
        }
    }

    @Test
    void refusesPatienceWithNothingToWatchAndTooLittleToWatch() {
        assertThatThrownBy(() -> recipe(0, LOOP.with("patience", 3))).hasMessageContaining("give watch-share");
        assertThatThrownBy(() -> recipe(0.7, LOOP)).hasMessageContaining("0 to 0.5");
        assertThatThrownBy(() -> data().watched(0.01, 1)).hasMessageContaining("too few to choose weights on");
        assertThatThrownBy(() -> data(new int[PICTURES]).watched(0.5, 1))
                .as("all pictures look the same")
                .hasMessageContaining("too many to learn");
    }

    private List<LoopResult> fit(String name, double watchShare, LoopConfig loop) {
        try (FitKeeper keeper = FitKeeper.in(directory.resolve(name), false)) {
            new HeadFitting(recipe(watchShare, loop), INPUTS, List.of(), List.of(), Rated::name, 0, keeper)
                    .fit(name, examples(), List.of(), 1, () -> {});
            return List.copyOf(keeper.ended().values());
        }
    }

    private static HeadRecipe recipe(double watchShare, LoopConfig loop) {
        return new HeadRecipe(
                null, null, null, 0, 0, 0, 0, null, null, 8, 0, 0, loop, watchShare, watchShare == 0 ? 1 : 2);
    }

    private static List<Example> examples() {
        SplittableRandom random = new SplittableRandom(7);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < PICTURES; i++) {
            float[] row = new float[INPUTS.size()];
            for (int c = 0; c < row.length; c++) {
                row[c] = random.nextFloat();
            }
            String name = i + ".jpg";
            double mos = 1.5 + 2 * row[0] + random.nextDouble();
            examples.add(new Example(new Rated(Path.of(name), name, Task.QUALITY, mos), List.of(row), false, 1));
        }
        return examples;
    }

    /** Each picture's only input is its rating, all of them different. */
    private static HeadData data() {
        return data(IntStream.range(0, PICTURES).toArray());
    }

    private static HeadData data(int[] groups) {
        double[] mos =
                IntStream.range(0, PICTURES).mapToDouble(i -> 1 + 0.05 * i).toArray();
        double[] ones = IntStream.range(0, PICTURES).mapToDouble(i -> 1).toArray();
        return new HeadData(
                new int[] {0},
                IntStream.range(0, PICTURES)
                        .mapToObj(i -> new float[] {(float) mos[i]})
                        .toArray(float[][]::new),
                IntStream.range(0, PICTURES).mapToObj(i -> new int[] {i}).toArray(int[][]::new),
                mos,
                ones,
                new boolean[PICTURES],
                ones,
                groups,
                new int[0][],
                HeadData.Measured.NONE);
    }
}
