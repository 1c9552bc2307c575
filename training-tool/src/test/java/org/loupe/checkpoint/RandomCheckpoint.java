package org.loupe.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A OneAlign checkpoint of any dimensions with random weights: both configuration files and the tensors, in one file or in shards. */
public final class RandomCheckpoint {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final OneAlignConfig config;
    private final long seed;
    private String type = "F32";
    private int shards = 1;
    private Consumer<ObjectNode> configEdit = node -> {};
    private Consumer<ObjectNode> preprocessorEdit = node -> {};
    private @Nullable String poisoned;
    private Consumer<Map<String, List<Long>>> tensorEdit = shapes -> {};

    public RandomCheckpoint(OneAlignConfig config, long seed) {
        this.config = config;
        this.seed = seed;
    }

    /** Unlike any released network and unlike the golden one in every number; each epsilon large enough to show where it is wrong. */
    public static OneAlignConfig odd() {
        return new OneAlignConfig(
                new OneAlignConfig.Vision(50, 8, 20, 28, 3, 5, 0.05f),
                new OneAlignConfig.Abstractor(12, 1, 4, 3, 0.1f),
                new OneAlignConfig.Language(36, 40, 3, 3, 30100, 0.07f, 500),
                new OneAlignConfig.Input(List.of(0.4, 0.5, 0.6), List.of(0.2, 0.3, 0.4)));
    }

    public RandomCheckpoint stored(String elementType, int files) {
        this.type = elementType;
        this.shards = files;
        return this;
    }

    public RandomCheckpoint config(Consumer<ObjectNode> edit) {
        this.configEdit = edit;
        return this;
    }

    public RandomCheckpoint preprocessor(Consumer<ObjectNode> edit) {
        this.preprocessorEdit = edit;
        return this;
    }

    /** @param edit may add, remove or reshape what is written */
    public RandomCheckpoint tensors(Consumer<Map<String, List<Long>>> edit) {
        this.tensorEdit = edit;
        return this;
    }

    /** @param name a tensor whose first element becomes something that is no number */
    public RandomCheckpoint poisoned(String name) {
        this.poisoned = name;
        return this;
    }

    public Path write(Path directory) throws IOException {
        writeConfiguration(directory);
        writeTensors(directory);
        return directory;
    }

    /** Writes both configuration files and no tensors. */
    void writeConfiguration(Path directory) throws IOException {
        Files.createDirectories(directory);
        ObjectNode configJson = configJson();
        configEdit.accept(configJson);
        Files.writeString(directory.resolve("config.json"), configJson.toPrettyString());
        ObjectNode preprocessor = preprocessorJson();
        preprocessorEdit.accept(preprocessor);
        Files.writeString(directory.resolve("preprocessor_config.json"), preprocessor.toPrettyString());
    }

    private ObjectNode configJson() {
        OneAlignConfig.Language language = config.language();
        ObjectNode root = JSON.createObjectNode()
                .put("model_type", "mplug_owl2")
                .put("attention_bias", false)
                .put("hidden_act", "silu")
                .put("hidden_size", language.width())
                .put("intermediate_size", language.inner())
                .put("num_hidden_layers", language.layers())
                .put("num_attention_heads", language.heads())
                .put("num_key_value_heads", language.heads())
                .put("vocab_size", language.vocabulary())
                .put("rms_norm_eps", language.rmsNormEps())
                .put("rope_theta", language.ropeTheta())
                .putNull("rope_scaling")
                .put("tie_word_embeddings", false);
        ObjectNode visual = root.putObject("visual_config");
        OneAlignConfig.Vision vision = config.vision();
        visual.putObject("visual_model")
                .put("hidden_act", "quick_gelu")
                .put("num_channels", 3)
                .put("image_size", vision.imageSide())
                .put("patch_size", vision.patchSide())
                .put("hidden_size", vision.width())
                .put("intermediate_size", vision.inner())
                .put("num_hidden_layers", vision.layers())
                .put("num_attention_heads", vision.heads())
                .put("layer_norm_eps", vision.layerNormEps());
        OneAlignConfig.Abstractor abstractor = config.abstractor();
        visual.putObject("visual_abstractor")
                .put("hidden_size", vision.width())
                .put("encoder_hidden_size", vision.width())
                .put("grid_size", vision.grid())
                .put("intermediate_size", abstractor.inner())
                .put("num_hidden_layers", abstractor.layers())
                .put("num_attention_heads", abstractor.heads())
                .put("num_learnable_queries", abstractor.queries())
                .put("layer_norm_eps", abstractor.ffnNormEps());
        return root;
    }

    private ObjectNode preprocessorJson() {
        ObjectNode root = JSON.createObjectNode()
                .put("do_resize", true)
                .put("do_center_crop", true)
                .put("do_normalize", true)
                .put("resample", 3)
                .put("size", config.vision().imageSide())
                .put("crop_size", config.vision().imageSide());
        config.input().mean().forEach(root.putArray("image_mean")::add);
        config.input().std().forEach(root.putArray("image_std")::add);
        return root;
    }

    private void writeTensors(Path directory) throws IOException {
        Map<String, List<Long>> shapes = OneAlignTensors.expected(config);
        tensorEdit.accept(shapes);
        Random random = new Random(seed);
        List<SafetensorsBytes> files = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            files.add(new SafetensorsBytes());
        }
        ObjectNode index = JSON.createObjectNode();
        ObjectNode map = index.putObject("weight_map");
        int next = 0;
        for (Map.Entry<String, List<Long>> entry : shapes.entrySet()) {
            long[] shape = entry.getValue().stream().mapToLong(Long::longValue).toArray();
            int shard = next++ % shards;
            float[] elements = elements(entry.getKey(), shape, random);
            if (entry.getKey().equals(poisoned)) {
                elements[0] = Float.NaN;
            }
            files.get(shard).add(entry.getKey(), type, shape, elements);
            map.put(entry.getKey(), shardName(shard));
        }
        for (int i = 0; i < shards; i++) {
            files.get(i).write(directory.resolve(shards == 1 ? "model.safetensors" : shardName(i)));
        }
        if (shards > 1) {
            Files.writeString(directory.resolve("model.safetensors.index.json"), index.toPrettyString());
        }
    }

    private String shardName(int shard) {
        return String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", shard + 1, shards);
    }

    /** Sizes at which every part has a say in the logits: a network that forgets one of them must not pass. */
    private static float[] elements(String name, long[] shape, Random random) {
        long count = 1;
        for (long dim : shape) {
            count *= dim;
        }
        boolean norm = name.matches(".*(norm|ln)[^.]*(\\.multiway\\.\\d)?\\.weight|.*norm[12k]\\.weight");
        double centre = norm ? 1 : 0;
        double spread = 0.3;
        if (!norm && name.endsWith(".weight") && !name.contains("embed_tokens")) {
            long in = count / shape[0];
            spread = 1.5 / Math.sqrt((double) in);
        } else if (name.contains("embed")) {
            spread = 1;
        }
        float[] elements = new float[(int) count];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) (centre + spread * random.nextGaussian());
        }
        return elements;
    }
}
