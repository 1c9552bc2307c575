package org.loupe.export.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.RandomCheckpoint;
import org.loupe.engine.AdapterHandle;
import org.loupe.engine.EngineResult;
import org.loupe.export.AdapterTargets;
import org.loupe.export.Precision;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** An adapter beside its base against the import of a checkpoint into which it was merged in double precision. */
class AdapterImporterTest {
    private static final float LOGITS = 1e-4f;
    /** Rounding the base and adding the pairs unrounded errs otherwise than rounding their sum; seen are up to 1.9 times as much and as little. */
    private static final float MORE_THAN_MERGED = 3;

    @TempDir
    private Path scratch;

    @Test
    void anAdapterOnItsBaseAnswersAsTheMergedCheckpoint() throws IOException {
        Path base = base();
        RandomAdapter random = new RandomAdapter(base, 5, 10, 3)
                .at("self_attn.q_proj", "self_attn.v_proj.multiway.1")
                .withAbstractor();
        sameAsMerged(base, random, AdapterTargets.DEFAULT);
    }

    @Test
    void everyLinearModuleOfTheLanguageModelCanBeAdapted() throws IOException {
        Path base = base();
        String all = "self_attn.q_proj,self_attn.o_proj,self_attn.k_proj.multiway.0,self_attn.k_proj.multiway.1,"
                + "self_attn.v_proj.multiway.0,self_attn.v_proj.multiway.1,mlp.gate_proj,mlp.up_proj,mlp.down_proj";
        RandomAdapter random = new RandomAdapter(base, 2, 1, 4).at(all.split(","));
        sameAsMerged(base, random, AdapterTargets.parse(all));
    }

    @Test
    void anAdapterFollowsItsBaseIntoEveryPrecision() throws IOException {
        Path checkpoint = base();
        Path peft = scratch.resolve("peft");
        RandomAdapter random = new RandomAdapter(checkpoint, 5, 10, 3)
                .at("self_attn.q_proj", "self_attn.v_proj.multiway.1")
                .withAbstractor();
        random.write(peft);
        Path merged = random.merged(scratch.resolve("merged"));
        for (Precision precision : Precision.values()) {
            Path place = scratch.resolve(precision.id());
            try (AdapterRun base = AdapterRun.of(checkpoint, place.resolve("base"), precision, AdapterTargets.DEFAULT);
                    AdapterRun whole = AdapterRun.of(merged, place.resolve("whole"), precision, AdapterTargets.NONE);
                    AdapterRun exact =
                            AdapterRun.of(merged, place.resolve("exact"), Precision.FP32, AdapterTargets.NONE);
                    AdapterPackage adapter = base.adapter(peft, checkpoint, place.resolve("adapter"));
                    AdapterHandle handle = base.engine().addAdapter(adapter)) {
                EngineResult truth = exact.noise(null, false);
                float own = largest(whole.noise(null, false), truth);
                float adapted = largest(base.noise(handle, false), truth);
                System.out.printf(
                        "%s: logits of the merged model %.4f, of adapter and base %.4f from the exact ones%n",
                        precision.id(), own, adapted);
                assertThat(adapted).as(precision.id()).isLessThanOrEqualTo(MORE_THAN_MERGED * own + LOGITS);
                assertThat(largest(base.noise(null, false), truth))
                        .as("how far the base alone is from the adapted model in %s", precision.id())
                        .isGreaterThan(adapted);
            }
        }
    }

    @Test
    void refusesABaseThatTakesNoAdaptersAndACheckpointThatIsAnother() throws IOException {
        Path checkpoint = base();
        Path peft = scratch.resolve("peft");
        new RandomAdapter(checkpoint, 2, 2, 1).at("self_attn.q_proj").write(peft);
        try (AdapterRun none =
                AdapterRun.of(checkpoint, scratch.resolve("none"), Precision.FP32, AdapterTargets.NONE)) {
            refused(
                    ErrorReason.INVALID_REQUEST,
                    "--adapter-targets default",
                    () -> none.adapter(peft, checkpoint, scratch.resolve("adapter")));
        }
        Path other = new RandomCheckpoint(RandomCheckpoint.odd(), 6).write(scratch.resolve("other"));
        try (AdapterRun capable =
                AdapterRun.of(checkpoint, scratch.resolve("capable"), Precision.FP32, AdapterTargets.DEFAULT)) {
            refused(
                    ErrorReason.CHECKPOINT_INVALID,
                    "is not what base 1 was imported from",
                    () -> capable.adapter(peft, other, scratch.resolve("adapter")));
            assertThat(scratch.resolve("adapter")).doesNotExist();
        }
    }

    @Test
    void anAdapterThatWasRemovedFinishesItsRunsAndTakesNoMore() throws IOException {
        Path checkpoint = base();
        Path peft = scratch.resolve("peft");
        new RandomAdapter(checkpoint, 2, 2, 1).at("self_attn.q_proj").write(peft);
        try (AdapterRun run =
                        AdapterRun.of(checkpoint, scratch.resolve("capable"), Precision.FP32, AdapterTargets.DEFAULT);
                AdapterPackage adapter = run.adapter(peft, checkpoint, scratch.resolve("adapter"))) {
            AdapterHandle handle = run.engine().addAdapter(adapter);
            EngineResult before = run.noise(handle, false);
            AdapterHandle again = run.engine().addAdapter(adapter);
            assertThat(run.noise(again, false).levelLogits()).isEqualTo(before.levelLogits());
            handle.close();
            handle.close();
            assertThat(handle.freed()).isTrue();
            assertThatThrownBy(() -> run.noise(handle, false)).isInstanceOf(IllegalStateException.class);
            assertThat(run.noise(again, false).levelLogits()).isEqualTo(before.levelLogits());
            again.close();
        }
    }

    @Test
    void anAdapterOfOneBaseIsRefusedByAnother() throws IOException {
        Path checkpoint = base();
        Path peft = scratch.resolve("peft");
        new RandomAdapter(checkpoint, 2, 2, 1).at("self_attn.q_proj").write(peft);
        AdapterTargets more = AdapterTargets.parse("self_attn.q_proj,self_attn.o_proj");
        try (AdapterRun one =
                        AdapterRun.of(checkpoint, scratch.resolve("one"), Precision.FP32, AdapterTargets.DEFAULT);
                AdapterRun two = AdapterRun.of(checkpoint, scratch.resolve("two"), Precision.FP32, more);
                AdapterPackage adapter = one.adapter(peft, checkpoint, scratch.resolve("adapter"));
                AdapterHandle handle = one.engine().addAdapter(adapter)) {
            refused(ErrorReason.MODEL_PACKAGE_INVALID, "was made for base 1", () -> two.engine()
                    .addAdapter(adapter));
            assertThatThrownBy(() -> two.noise(handle, false)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static void refused(ErrorReason reason, String naming, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(ScoringException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(reason))
                .hasMessageContaining(naming);
    }

    private void sameAsMerged(Path checkpoint, RandomAdapter random, AdapterTargets targets) throws IOException {
        Path peft = scratch.resolve("peft");
        random.write(peft);
        Path merged = random.merged(scratch.resolve("merged"));
        try (AdapterRun base = AdapterRun.of(checkpoint, scratch.resolve("base"), Precision.FP32, targets);
                AdapterRun plain =
                        AdapterRun.of(checkpoint, scratch.resolve("plain"), Precision.FP32, AdapterTargets.NONE);
                AdapterRun whole =
                        AdapterRun.of(merged, scratch.resolve("whole"), Precision.FP32, AdapterTargets.NONE);
                AdapterPackage adapter = base.adapter(peft, checkpoint, scratch.resolve("adapter"));
                AdapterHandle handle = base.engine().addAdapter(adapter)) {
            for (boolean clip : new boolean[] {false, true}) {
                same(base.noise(handle, clip), whole.noise(null, clip));
                same(base.noise(null, clip), plain.noise(null, clip));
                assertThat(largest(base.noise(handle, clip), plain.noise(null, clip)))
                        .as("what the adapter changes")
                        .isGreaterThan(100 * LOGITS);
            }
        }
    }

    private static void same(EngineResult found, EngineResult expected) {
        for (int row = 0; row < expected.levelLogits().length; row++) {
            assertThat(found.levelLogits()[row]).containsExactly(expected.levelLogits()[row], within(LOGITS));
        }
        for (int frame = 0; frame < expected.frameEmbedding().length; frame++) {
            assertThat(found.frameEmbedding()[frame]).containsExactly(expected.frameEmbedding()[frame], within(LOGITS));
        }
    }

    private static float largest(EngineResult a, EngineResult b) {
        float largest = 0;
        for (int row = 0; row < a.levelLogits().length; row++) {
            for (int level = 0; level < a.levelLogits()[row].length; level++) {
                largest = Math.max(largest, Math.abs(a.levelLogits()[row][level] - b.levelLogits()[row][level]));
            }
        }
        return largest;
    }

    private Path base() throws IOException {
        return new RandomCheckpoint(RandomCheckpoint.odd(), 5).write(scratch.resolve("checkpoint"));
    }
}
