package org.loupe.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class OneAlignConfigTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void everyNumberComesFromTheFiles(@TempDir Path directory) throws IOException {
        new RandomCheckpoint(RandomCheckpoint.odd(), 1).writeConfiguration(directory);
        assertThat(OneAlignConfig.read(directory)).isEqualTo(RandomCheckpoint.odd());
    }

    @Test
    void sidesMayBeNamedByObjects(@TempDir Path directory) throws IOException {
        new RandomCheckpoint(RandomCheckpoint.odd(), 1)
                .preprocessor(node -> {
                    node.putObject("size").put("shortest_edge", 50);
                    node.putObject("crop_size").put("height", 50).put("width", 50);
                })
                .writeConfiguration(directory);
        assertThat(OneAlignConfig.read(directory)).isEqualTo(RandomCheckpoint.odd());
    }

    @Test
    void olderCheckpointsDoNotNameThetaOrKeyHeads(@TempDir Path directory) throws IOException {
        new RandomCheckpoint(RandomCheckpoint.odd(), 1)
                .config(node -> {
                    node.remove("rope_theta");
                    node.remove("num_key_value_heads");
                })
                .writeConfiguration(directory);
        OneAlignConfig config = OneAlignConfig.read(directory);
        assertThat(config.language().ropeTheta()).isEqualTo(10000);
        assertThat(config.language().heads()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/num_key_value_heads|1|config.json: num_key_value_heads is 1 with num_attention_heads 3: grouped-query attention",
                "/rope_scaling|{\"type\":\"linear\",\"factor\":2}|rope_scaling is {\"type\":\"linear\",\"factor\":2}, only null",
                "/hidden_act|\"gelu\"|hidden_act is \"gelu\", only silu or swish can be run",
                "/visual_config/visual_model/hidden_act|\"gelu\"|visual_config.visual_model.hidden_act is \"gelu\"",
                "/visual_config/visual_model/num_channels|4|num_channels is 4",
                "/tie_word_embeddings|true|tie_word_embeddings is true",
                "/attention_bias|true|attention_bias is true",
                "/mlp_bias|true|mlp_bias is true",
                "/model_type|\"llava\"|model_type is \"llava\", only mplug_owl2",
                "/num_attention_heads|7|num_attention_heads is 7, which does not divide hidden_size 36",
                "/num_attention_heads|12|num_attention_heads is 12, which gives heads of 3 features",
                "/head_dim|6|head_dim is 6",
                "/visual_config/visual_model/num_attention_heads|3|visual_model.num_attention_heads is 3, which does not divide",
                "/visual_config/visual_abstractor/num_attention_heads|3|visual_abstractor.num_attention_heads is 3, which does not",
                "/visual_config/visual_abstractor/hidden_size|24|visual_abstractor.hidden_size is 24, needs the vision tower's",
                "/visual_config/visual_abstractor/encoder_hidden_size|24|encoder_hidden_size is 24",
                "/visual_config/visual_abstractor/grid_size|7|grid_size is 7, needs image_size / patch_size, 6",
                "/visual_config/visual_model/patch_size|51|patch_size is 51, more than image_size 50",
                "/hidden_size|0|hidden_size is 0, needs a number from 1",
                "/hidden_size|36.5|hidden_size is 36.5, needs",
                "/hidden_size|\"36\"|hidden_size is \"36\", needs",
                "/num_hidden_layers|2000000000|num_hidden_layers is 2000000000, needs a number from 1 to 1024",
                "/visual_config/visual_model/image_size|99999|image_size is 99999, needs a number from 1 to 8192",
                "/rms_norm_eps|0|rms_norm_eps is 0, needs a number above 0",
                "/rms_norm_eps|null|rms_norm_eps is null, needs a number above 0",
                "/rope_theta|-1|rope_theta is -1",
                "/visual_config|null|config.json: visual_config is missing"
            })
    void refusesWhatTheReferenceCannotRun(String pointer, String value, String message, @TempDir Path directory)
            throws IOException {
        new RandomCheckpoint(RandomCheckpoint.odd(), 1)
                .config(node -> put(node, pointer, value))
                .writeConfiguration(directory);
        refused(directory, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/size|448|size is 448, needs the vision tower's image_size 50",
                "/crop_size|{}|crop_size is {}, needs",
                "/crop_size|null|crop_size is missing",
                "/image_mean|[0.1,0.2]|image_mean is [0.1,0.2], needs three numbers",
                "/image_std|[0,0.2,0.3]|image_std is [0,0.2,0.3], needs three numbers",
                "/image_std|null|image_std is null",
                "/resample|2|resample is 2, only 3 can be run",
                "/do_normalize|false|do_normalize is false",
                "/do_resize|false|do_resize is false",
                "/rescale_factor|1|rescale_factor is 1, only 1/255"
            })
    void refusesOtherPreprocessing(String pointer, String value, String message, @TempDir Path directory)
            throws IOException {
        new RandomCheckpoint(RandomCheckpoint.odd(), 1)
                .preprocessor(node -> put(node, pointer, value))
                .writeConfiguration(directory);
        refused(directory, "preprocessor_config.json: " + message);
    }

    @Test
    void namesEverythingWrongAtOnce(@TempDir Path directory) throws IOException {
        new RandomCheckpoint(RandomCheckpoint.odd(), 1)
                .config(node -> node.put("attention_bias", true).remove("vocab_size"))
                .preprocessor(node -> node.put("size", 3))
                .writeConfiguration(directory);
        assertThatThrownBy(() -> OneAlignConfig.read(directory))
                .hasMessageContainingAll("attention_bias", "vocab_size is missing", "size is 3");
    }

    @Test
    void refusesMissingAndBrokenFiles(@TempDir Path directory) throws IOException {
        refused(directory, "no config.json in");
        Files.writeString(directory.resolve("config.json"), "{\"a\":1,\"a\":2}");
        refused(directory, "config.json is no JSON: Duplicate field 'a'");
        Files.writeString(directory.resolve("config.json"), "[]");
        refused(directory, "config.json is no JSON object");
        Files.writeString(directory.resolve("config.json"), "[".repeat(5000));
        refused(directory, "config.json is no JSON");
        Files.writeString(directory.resolve("config.json"), "{}");
        refused(directory, "no preprocessor_config.json in");
    }

    private static void put(ObjectNode root, String pointer, String value) {
        int slash = pointer.lastIndexOf('/');
        JsonNode parent = slash == 0 ? root : root.at(pointer.substring(0, slash));
        try {
            ((ObjectNode) parent).set(pointer.substring(slash + 1), JSON.readTree(value));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(value, e);
        }
    }

    private static void refused(Path directory, String message) {
        assertThatThrownBy(() -> OneAlignConfig.read(directory))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.CHECKPOINT_INVALID))
                .hasMessageContaining(message);
    }
}
