package org.loupe.export.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.CheckpointFormat;
import org.loupe.checkpoint.CheckpointWriter;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignTensors;
import org.loupe.checkpoint.PickleBytes;
import org.loupe.checkpoint.RandomCheckpoint;
import org.loupe.checkpoint.SafetensorsBytes;
import org.loupe.checkpoint.TensorInfo;
import org.loupe.export.AdapterTargets;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class PeftCheckpointTest {
    private static final Map<String, List<Long>> BASE = OneAlignTensors.expected(RandomCheckpoint.odd());
    private static final String QUERY = "model.layers.0.self_attn.q_proj";

    @TempDir
    private Path folder;

    private Path base;

    @BeforeEach
    void writeTheBase() throws IOException {
        base = new RandomCheckpoint(RandomCheckpoint.odd(), 5).write(folder.resolve("base"));
    }

    @Test
    void readsPairsAndTensorsTrainedInFull() throws IOException {
        Path peft = peft(new RandomAdapter(base, 3, 12, 1).at("q_proj").withAbstractor());
        try (PeftCheckpoint opened = open(peft, AdapterTargets.DEFAULT)) {
            assertThat(opened.pairs()).hasSize(3).containsKey(QUERY);
            LowRank pair = pair(opened, QUERY);
            assertThat(pair.rank()).isEqualTo(3);
            assertThat(pair.scale()).isEqualTo(4);
            assertThat(opened.replaced()).containsKey("model.visual_abstractor.query_embeds");
        }
    }

    @Test
    void aModuleCanHaveItsOwnRankAndStrength() throws IOException {
        Path peft = peft(new RandomAdapter(base, 4, 8, 1)
                .at("q_proj")
                .rankAt("layers.1.self_attn.q_proj", 2)
                .config(node -> {
                    node.put("use_rslora", true);
                    node.putObject("rank_pattern").put("layers.1.self_attn.q_proj", 2);
                    node.putObject("alpha_pattern").put("layers.2.self_attn.q_proj", 6);
                }));
        try (PeftCheckpoint opened = open(peft, AdapterTargets.DEFAULT)) {
            assertThat(pair(opened, QUERY).scale()).isEqualTo(4);
            assertThat(pair(opened, "model.layers.1.self_attn.q_proj").rank()).isEqualTo(2);
            assertThat(pair(opened, "model.layers.1.self_attn.q_proj").scale())
                    .isCloseTo(8 / Math.sqrt(2), within(1e-12));
            assertThat(pair(opened, "model.layers.2.self_attn.q_proj").scale()).isEqualTo(3);
        }
    }

    @Test
    void targetsCanBeARegularExpression() throws IOException {
        Path peft = peft(new RandomAdapter(base, 2, 2, 1)
                .at("layers.0.self_attn.q_proj", "layers.2.self_attn.q_proj")
                .config(node -> node.put("target_modules", "model\\.layers\\.[02]\\.self_attn\\.q_proj")));
        try (PeftCheckpoint opened = open(peft, AdapterTargets.DEFAULT)) {
            assertThat(opened.pairs()).hasSize(2);
        }
    }

    @Test
    void aStateDictThatKeepsTheAdaptersNameIsReadToo() throws IOException {
        Path peft = peft(new RandomAdapter(base, 2, 2, 1).at("layers.0.self_attn.q_proj"));
        new SafetensorsBytes()
                .add("base_model.model." + QUERY + ".lora_A.default.weight", "F32", new long[] {2, 36}, new float[72])
                .add("base_model.model." + QUERY + ".lora_B.default.weight", "F32", new long[] {36, 2}, new float[72])
                .write(peft.resolve("adapter_model.safetensors"));
        try (PeftCheckpoint opened = open(peft, AdapterTargets.DEFAULT)) {
            assertThat(opened.pairs()).containsOnlyKeys(QUERY);
        }
    }

    @Test
    void positionTablesMustBeTheBasesOwn() throws IOException {
        for (float added : new float[] {0, 0.01f}) {
            Path peft = peft(new RandomAdapter(base, 2, 2, 1)
                    .at("q_proj")
                    .withAbstractor()
                    .withPositions(added));
            try (PeftCheckpoint opened = open(peft, AdapterTargets.DEFAULT);
                    Checkpoint other = Checkpoints.open(base)) {
                if (added == 0) {
                    opened.requirePositionsOf(other);
                } else {
                    refused(
                            () -> opened.requirePositionsOf(other),
                            "q_pos_embed is not the base's position table",
                            "k_pos_embed is not the base's position table");
                }
            }
        }
    }

    @Test
    void readsPickledFilesAsItReadsSafetensors() throws IOException {
        Path peft = peft(new RandomAdapter(base, 3, 12, 1).at("q_proj").withAbstractor());
        float[] expected;
        Map<String, LowRank> pairs;
        try (PeftCheckpoint opened = open(peft, AdapterTargets.DEFAULT)) {
            pairs = opened.pairs();
            expected = opened.all(pair(opened, QUERY).a(), 3, 36);
        }
        pickle(peft, "adapter_model");
        pickle(peft, "non_lora_trainables");

        try (PeftCheckpoint opened = open(peft, AdapterTargets.DEFAULT)) {
            assertThat(opened.pairs()).isEqualTo(pairs);
            assertThat(opened.all(pair(opened, QUERY).a(), 3, 36)).containsExactly(expected);
            assertThat(opened.replaced()).containsKey("model.visual_abstractor.query_embeds");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adapter_model", "non_lora_trainables"})
    void refusesAPickleThatAsksForMoreThanTensors(String name) throws IOException {
        Path peft = peft(new RandomAdapter(base, 2, 2, 1).at("q_proj").withAbstractor());
        Files.delete(peft.resolve(name + ".safetensors"));
        new PickleBytes()
                .op("\u0080\u0002")
                .global("posix", "system")
                .op("X\u0004\0\0\0true\u0085R.")
                .archive(peft.resolve(name + ".bin"), Map.of());

        refused(() -> open(peft, AdapterTargets.DEFAULT), "refused", "posix.system");
    }

    /** Writes a file of the directory once more as {@code torch.save} would, in place of it. */
    private void pickle(Path peft, String name) throws IOException {
        Path torch = Files.createDirectories(folder.resolve("torch-" + name));
        Path safe = peft.resolve(name + ".safetensors");
        try (Checkpoint from = Checkpoints.openFile(safe);
                CheckpointWriter to = CheckpointWriter.create(
                        torch, CheckpointFormat.TORCH, 1 << 30, from.tensors().values())) {
            for (TensorInfo tensor : from.tensors().values()) {
                float[] elements = new float[Math.toIntExact(tensor.elements())];
                from.read(tensor.name(), 0, elements, 0, elements.length);
                to.write(tensor.name(), 0, elements, 0, elements.length);
            }
            to.finish();
        }
        Files.delete(safe);
        Files.move(torch.resolve("pytorch_model.bin"), peft.resolve(name + ".bin"));
    }

    @Test
    void refusesWhatIsNoLowRankTerm() {
        refusesConfig("use_dora is true", node -> node.put("use_dora", true));
        refusesConfig("bias is all", node -> node.put("bias", "all"));
        refusesConfig("peft_type is IA3", node -> node.put("peft_type", "IA3"));
        refusesConfig("fan_in_fan_out", node -> node.put("fan_in_fan_out", true));
        refusesConfig(
                "layer_replication",
                node -> node.putArray("layer_replication").addArray().add(0).add(2));
        refusesConfig("r must be", node -> node.put("r", 0));
        refusesConfig("lora_alpha must be", node -> node.put("lora_alpha", "strong"));
        refusesConfig("target_modules must be", node -> node.putNull("target_modules"));
        refusesConfig("no regular expression", node -> node.put("target_modules", "(q_proj"));
    }

    @Test
    void namesEveryTensorThatIsMissingUnexpectedOrMisshaped() throws IOException {
        Path peft = peft(new RandomAdapter(base, 2, 2, 1).at("q_proj"));
        new SafetensorsBytes()
                .add("base_model.model." + QUERY + ".lora_A.weight", "F32", new long[] {3, 36}, new float[108])
                .add("base_model.model." + QUERY + ".lora_B.weight", "F32", new long[] {36, 2}, new float[72])
                .add(
                        "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight",
                        "F32",
                        new long[] {2, 36},
                        new float[72])
                .add(
                        "base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight",
                        "F32",
                        new long[] {2, 36},
                        new float[72])
                .add("base_model.model.surprise", "F32", new long[] {1}, 1)
                .add("base_model.model.lm_head.modules_to_save.default.weight", "F32", new long[] {1}, 1)
                .write(peft.resolve("adapter_model.safetensors"));
        refused(
                () -> open(peft, AdapterTargets.DEFAULT),
                QUERY + ".lora_A.weight has the shape [3, 36], needs [2, 36]",
                "model.layers.1.self_attn.q_proj has no lora_B",
                "the low-rank pair of model.layers.2.self_attn.q_proj is missing",
                "layers.9.self_attn.q_proj.lora_A.weight belongs to no linear module",
                "surprise is unexpected",
                "lm_head.modules_to_save.default.weight was trained in full");
    }

    @Test
    void saysHowTheBaseMustBeImportedForAnAdapterItHasNoPlaceFor() throws IOException {
        Path peft = peft(new RandomAdapter(base, 2, 2, 1).at("mlp.up_proj").withAbstractor());
        refused(
                () -> open(peft, AdapterTargets.parse("self_attn.q_proj")),
                "up_proj has a low-rank pair, but the base package takes none there",
                "but the base package's abstractor is fixed");
    }

    @Test
    void saysWhatAnAdapterIsWhereThereIsNone() throws IOException {
        refused(() -> PeftConfig.read(folder), "holds no adapter_config.json");
        Path peft = peft(new RandomAdapter(base, 2, 2, 1).at("q_proj"));
        Files.delete(peft.resolve("adapter_model.safetensors"));
        refused(() -> open(peft, AdapterTargets.DEFAULT), "neither adapter_model.safetensors nor adapter_model.bin");
        Files.writeString(peft.resolve(PeftConfig.FILE), "[");
        refused(() -> PeftConfig.read(peft), "is no JSON");
    }

    private void refusesConfig(String naming, Consumer<ObjectNode> edit) {
        refused(
                () -> PeftConfig.read(
                        peft(new RandomAdapter(base, 2, 2, 1).at("q_proj").config(edit))),
                naming);
    }

    private Path peft(RandomAdapter adapter) throws IOException {
        Path peft = folder.resolve("peft");
        adapter.write(peft);
        return peft;
    }

    private static PeftCheckpoint open(Path peft, AdapterTargets targets) throws IOException {
        return PeftCheckpoint.open(peft, PeftConfig.read(peft), BASE, targets::lowRank, targets.takesAbstractor());
    }

    private static void refused(ThrowingCallable call, String... naming) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(ScoringException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(ErrorReason.CHECKPOINT_INVALID))
                .hasMessageContainingAll(naming);
    }

    private static LowRank pair(PeftCheckpoint opened, String module) {
        return Objects.requireNonNull(opened.pairs().get(module), module);
    }
}
