package org.loupe.training.onealign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.export.AdapterTargets;
import org.loupe.export.GoldenSet;
import org.loupe.export.PromptOrder;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;
import org.loupe.training.data.TestPictures;
import org.loupe.training.loop.CheckpointStore;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.loop.TrainingLoop;
import org.loupe.training.onealign.text.Dialogue;

/** A OneAlign run that is stopped and resumed, dropout, drawn questions and recomputed layers included. */
@SuppressWarnings("NullAway.Init") // set before each test
class OneAlignResumeTest {
    private static final int STOPPED_AFTER = 3;
    private static final int STEPS = 6;

    @TempDir
    private Path scratch;

    private Path checkpoint;
    private OneAlignConfig config;
    private final List<Rated> rated = new ArrayList<>();

    @BeforeEach
    void ratePictures() throws IOException {
        checkpoint = GoldenSet.open().checkpoint(scratch);
        config = OneAlignConfig.read(checkpoint);
        for (int i = 0; i < 5; i++) {
            Path file = scratch.resolve(i + ".jpg");
            TestPictures.write(TestPictures.photo(i, 64, 48), file);
            rated.add(new Rated(file, i + ".jpg", i % 2 == 0 ? Task.QUALITY : Task.AESTHETICS, 1 + i));
        }
    }

    @Test
    void aStoppedRunEndsWithTheSameNumbersOnceItIsResumed() throws IOException {
        Map<String, float[]> whole = train(new CheckpointStore(scratch.resolve("whole"), false), STEPS);
        assertThatThrownBy(() -> train(new CheckpointStore(scratch.resolve("stopped"), false), STOPPED_AFTER))
                .isInstanceOf(ScoringException.class);
        Map<String, float[]> resumed = train(new CheckpointStore(scratch.resolve("stopped"), true), STEPS);
        assertThat(resumed.keySet()).isEqualTo(whole.keySet());
        whole.forEach((name, numbers) ->
                assertThat(Arrays.equals(resumed.get(name), numbers)).as(name).isTrue());
    }

    /** @param stop the step after which somebody stops the run; at the last one it is over anyway */
    private Map<String, float[]> train(CheckpointStore store, int stop) throws IOException {
        Tuning tuning =
                new Tuning(EnumSet.of(Tuning.Part.ABSTRACTOR), new Tuning.LowRank(AdapterTargets.DEFAULT, 4, 8, 0.2));
        double[] weights = new double[rated.size()];
        Arrays.fill(weights, 1);
        LoopConfig loop = LoopConfig.DEFAULT
                .with("max-steps", STEPS)
                .with("batch", 2)
                .with("checkpoint-every", 1)
                .with("read-ahead", 1);
        try (Checkpoint tensors = Checkpoints.open(checkpoint);
                TrainableOneAlign network =
                        TrainableOneAlign.load(config, tensors, NumberType.FP32, tuning, true, "cpu", 1)) {
            OneAlignLearner learner = new OneAlignLearner(
                    config,
                    network,
                    new OneAlignLearner.Teaching(
                            OneAlignLearner.Objective.SOFT, Dialogue.V1, true, 1, PromptOrder.PAPER),
                    rated,
                    weights,
                    List.of());
            new TrainingLoop(loop, "one-align")
                    .keeping(store, "test")
                    .watchedBy(progress -> {
                        if (progress.steps() == stop && stop < STEPS) {
                            Thread.currentThread().interrupt();
                        }
                    })
                    .run(learner);
            Map<String, float[]> learned = new TreeMap<>();
            network.trained().forEach((name, tensor) -> {
                float[] numbers = new float[(int) tensor.numel()];
                Tensors.read(tensor, 0, numbers, 0, numbers.length);
                learned.put(name, numbers);
            });
            return learned;
        } finally {
            Thread.interrupted(); // the test goes on
        }
    }
}
