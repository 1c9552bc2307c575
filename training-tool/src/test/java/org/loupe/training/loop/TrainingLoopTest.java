package org.loupe.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** The loop on a line through noisy points. */
class TrainingLoopTest {
    private static final LoopConfig CONFIG = LoopConfig.DEFAULT
            .with("epochs", 8)
            .with("batch", 8)
            .with("learning-rate", 0.2)
            .with("checkpoint-every", 7)
            .with("log-every", 3);

    private final PointerScope scope = new PointerScope();

    @TempDir
    Path directory;

    @BeforeEach
    void repeatable() {
        torch.manual_seed(99); // whatever it is: no result may depend on it
    }

    @AfterEach
    void free() {
        scope.close();
    }

    @Test
    void learns() {
        ToyTrainable toy = toy();
        LoopResult result = new TrainingLoop(CONFIG, "line").run(toy);
        assertThat(result.metrics().get("srcc")).isGreaterThan(0.9);
        assertThat(result.steps()).isEqualTo(40);
        assertThat(result.reason()).isEqualTo("steps");
    }

    @Test
    void learnsInHalfPrecision() {
        ToyTrainable toy = new ToyTrainable(40, 1, ScalarType.BFloat16);
        LoopResult result = new TrainingLoop(CONFIG, "line").run(toy);
        assertThat(result.metrics().get("srcc")).isGreaterThan(0.9);
    }

    @Test
    void aStepIsTheSameHoweverManyPartsItIsCutInto() {
        ToyTrainable whole = toy();
        new TrainingLoop(CONFIG.with("max-steps", 1), "line").run(whole);
        ToyTrainable parts = toy();
        new TrainingLoop(CONFIG.with("max-steps", 1).with("accumulation", 8), "line").run(parts);
        // dropout and jitter differ from part to part; AdamW's first step has the rate's length whatever the gradient
        for (int i = 0; i < whole.weights().length; i++) {
            assertThat(Math.abs(parts.weights()[i])).isEqualTo(Math.abs(whole.weights()[i]), within(1e-5f));
        }
        assertThat(parts.reads).isEqualTo(8);
    }

    @Test
    void smallProductsTakeOneThreadWhileItRuns() {
        int before = openblas_full.openblas_get_num_threads();
        Set<Integer> seen = new HashSet<>();
        LoopListener asks = progress -> seen.add(openblas_full.openblas_get_num_threads());
        new TrainingLoop(CONFIG, "line").watchedBy(asks).run(toy());
        assertThat(seen).containsExactly(1);
        assertThat(openblas_full.openblas_get_num_threads()).isEqualTo(before);
    }

    @Test
    void readingAheadChangesNothing() {
        ToyTrainable here = toy();
        new TrainingLoop(CONFIG, "line").run(here);
        ToyTrainable ahead = toy();
        new TrainingLoop(CONFIG.with("read-ahead", 3).with("readers", 2), "line").run(ahead);
        assertThat(ahead.weights()).isEqualTo(here.weights());
        assertThat(ahead.reads).isEqualTo(here.reads);
    }

    @Test
    void goesOnWhereAnInterruptedRunStoppedToTheSameBytes() throws IOException {
        for (ScalarType type : List.of(ScalarType.Float, ScalarType.BFloat16)) {
            Path whole = directory.resolve("whole-" + type);
            ToyTrainable uninterrupted = new ToyTrainable(40, 1, type);
            LoopResult expected = run(uninterrupted, whole, false, LoopListener.NONE);
            for (int dieAfter : new int[] {3, 7, 20, 39}) {
                Path broken = directory.resolve("broken-" + type + dieAfter);
                assertThatThrownBy(() -> run(new ToyTrainable(40, 1, type), broken, false, dyingAfter(dieAfter)))
                        .isInstanceOf(IllegalStateException.class);
                torch.manual_seed(dieAfter);
                ToyTrainable resumed = new ToyTrainable(40, 1, type);
                LoopResult result = run(resumed, broken, true, LoopListener.NONE);
                assertThat(result).isEqualTo(expected);
                assertThat(resumed.weights()).isEqualTo(uninterrupted.weights());
                assertThat(resumed.averages()).isEqualTo(uninterrupted.averages());
                assertThat(broken.resolve(RunLog.FILE)).hasSameBinaryContentAs(whole.resolve(RunLog.FILE));
                assertThat(files(broken)).isEqualTo(files(whole));
            }
        }
    }

    @Test
    void aFinishedFitIsOnlyLoaded() {
        ToyTrainable first = toy();
        LoopResult expected = run(first, directory, false, LoopListener.NONE);
        ToyTrainable again = toy();
        LoopResult result = run(again, directory, true, LoopListener.NONE);
        assertThat(result).isEqualTo(expected);
        assertThat(again.weights()).isEqualTo(first.weights());
        assertThat(again.reads).isZero();
    }

    @Test
    void refusesToOverwriteAnEarlierRun() {
        run(toy(), directory, false, LoopListener.NONE);
        assertThatThrownBy(() -> run(toy(), directory, false, LoopListener.NONE))
                .isInstanceOfSatisfying(ScoringException.class, e -> {
                    assertThat(e.reason()).isEqualTo(ErrorReason.INVALID_REQUEST);
                    assertThat(e).hasMessageContaining("--resume");
                });
    }

    @Test
    void refusesCheckPointsOfOtherData() {
        run(toy(), directory, false, LoopListener.NONE);
        CheckpointStore store = new CheckpointStore(directory.resolve("checkpoints/line"), true);
        TrainingLoop other = new TrainingLoop(CONFIG, "line").keeping(store, "other data");
        assertThatThrownBy(() -> other.run(toy())).hasMessageContaining("other data");
    }

    @Test
    void stopsWhenNothingGetsBetterAndEndsWithTheBest() {
        LoopConfig hasty = CONFIG.with("learning-rate", 0.0)
                .with("warm-up", 0)
                .with("patience", 2)
                .with("watch", "rmse");
        LoopResult result = new TrainingLoop(hasty, "line").run(toy());
        assertThat(result.reason()).isEqualTo("patience");
        assertThat(result.steps()).isEqualTo(15); // the first of three epochs was the best
        assertThat(result.bestSteps()).isEqualTo(5);
    }

    @Test
    void keepsOnlyTheBest() throws IOException {
        LoopConfig three = CONFIG.with("keep-best", 3);
        CheckpointStore store = new CheckpointStore(directory.resolve("line"), false);
        new TrainingLoop(three, "line").keeping(store, "points").run(toy());
        try (Stream<Path> kept = Files.list(directory.resolve("line"))) {
            assertThat(kept.map(path -> path.getFileName().toString().substring(0, 5)))
                    .containsExactlyInAnyOrder("best-", "best-", "best-", "step-");
        }
    }

    @Test
    void saysWhatToDoWhenTheLossIsNoNumber() {
        LoopConfig wild = CONFIG.with("learning-rate", 1e30).with("warm-up", 0);
        assertThatThrownBy(() -> new TrainingLoop(wild, "line").run(toy()))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.MODEL_FAILED))
                .hasMessageContaining("learning rate");
    }

    @Test
    void stepsLikeLibtorchsAdamW() {
        LoopConfig plain = CONFIG.with("schedule", "constant")
                .with("warm-up", 0)
                .with("weight-decay", 0.1)
                .with("beta2", 0.99);
        Tensor mine = torch.ones(5).requires_grad_(true);
        Tensor theirs = torch.ones(5).requires_grad_(true);
        AdamW own = new AdamW(plain, List.of(ParameterGroup.of("all", Map.of("w", mine))));
        AdamWOptions options = new AdamWOptions(plain.learningRate());
        options.weight_decay().put(plain.weightDecay());
        options.betas().put(plain.beta2(), plain.beta1()); // a C++ tuple lies in memory last element first
        org.bytedeco.pytorch.AdamW reference = new org.bytedeco.pytorch.AdamW(new TensorVector(theirs), options);
        Tensor slopes = Tensor.create(0.1f, -2f, 30f, 0.001f, 4f);
        for (int step = 1; step <= 20; step++) {
            own.zeroGradients();
            mine.mul(slopes).square().sum().backward();
            own.step(step, plain.learningRate());
            reference.zero_grad();
            theirs.mul(slopes).square().sum().backward();
            reference.step();
        }
        assertThat(mine.sub(theirs).abs().max().item_float()).isLessThan(1e-6f);
    }

    @Test
    void logsWhatAReportNeeds() throws IOException {
        run(toy(), directory, false, LoopListener.NONE);
        List<String> lines = Files.readAllLines(directory.resolve(RunLog.FILE));
        assertThat(new ObjectMapper().readTree(lines.get(0)).fieldNames())
                .toIterable()
                .containsExactly("event", "fit", "step", "epoch", "loss", "learning_rate", "gradient_norm");
        assertThat(lines.get(lines.size() - 1)).startsWith("{\"event\":\"end\",\"fit\":\"line\",\"step\":40");
        assertThat(lines).filteredOn(line -> line.contains("\"evaluation\"")).hasSize(8);
    }

    private ToyTrainable toy() {
        return new ToyTrainable(40, 1, ScalarType.Float);
    }

    private static LoopResult run(ToyTrainable toy, Path out, boolean resume, LoopListener listener) {
        CheckpointStore store = new CheckpointStore(out.resolve("checkpoints/line"), resume);
        try (RunLog log = RunLog.open(out, resume)) {
            return new TrainingLoop(CONFIG, "line")
                    .keeping(store, "points")
                    .logging(log)
                    .watchedBy(listener)
                    .run(toy);
        }
    }

    private static LoopListener dyingAfter(int steps) {
        return progress -> {
            if (progress.steps() == steps) {
                throw new IllegalStateException("the plug was pulled");
            }
        };
    }

    /** Digests of everything that must be the same. */
    private static List<String> files(Path out) throws IOException {
        List<String> digests = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(out)) {
            for (Path file : walk.filter(Files::isRegularFile)
                    .filter(path -> !path.endsWith(RunLog.TIMING))
                    .sorted()
                    .toList()) {
                digests.add(out.relativize(file) + " " + Sha256.hex(file));
            }
        }
        return digests;
    }
}
