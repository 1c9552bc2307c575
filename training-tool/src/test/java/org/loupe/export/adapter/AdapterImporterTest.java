package org.loupe.export.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.RandomCheckpoint;
import org.loupe.engine.AdapterHandle;
import org.loupe.engine.EngineResult;
import org.loupe.export.AdapterTargets;
import org.loupe.export.Precision;
import org.loupe.modelpackage.AdapterPackage;

/** An adapter beside its base against the import of a checkpoint into which it was merged in double precision. */
class AdapterImporterTest {
    private static final float LOGITS = 1e-4f;

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
