package org.loupe.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes both configuration files the way published checkpoints have them. */
final class OneAlignConfigWriter {
    private static final ObjectMapper JSON = new ObjectMapper();

    private OneAlignConfigWriter() {}

    /** @param type what the tensors are stored in */
    static void write(OneAlignConfig config, ElementType type, Path directory) throws IOException {
        Files.writeString(directory.resolve("config.json"), model(config, type).toPrettyString() + "\n");
        Files.writeString(
                directory.resolve("preprocessor_config.json"),
                preprocessor(config).toPrettyString() + "\n");
    }

    private static ObjectNode model(OneAlignConfig config, ElementType type) {
        OneAlignConfig.Language language = config.language();
        ObjectNode root = JSON.createObjectNode();
        root.putArray("architectures").add("MPLUGOwl2LlamaForCausalLM");
        root.put("attention_bias", false)
                .put("bos_token_id", 1)
                .put("eos_token_id", 2)
                .put("hidden_act", "silu")
                .put("hidden_size", language.width())
                .put("image_aspect_ratio", "pad")
                .put("initializer_range", 0.02)
                .put("intermediate_size", language.inner())
                .put("max_position_embeddings", 2048)
                .put("model_type", "mplug_owl2")
                .put("num_attention_heads", language.heads())
                .put("num_hidden_layers", language.layers())
                .put("num_key_value_heads", language.heads())
                .put("rms_norm_eps", decimal(language.rmsNormEps()))
                .putNull("rope_scaling")
                .put("rope_theta", language.ropeTheta())
                .put("tie_word_embeddings", false)
                .put("torch_dtype", torchName(type))
                .put("use_cache", true);
        ObjectNode visual = root.putObject("visual_config");
        OneAlignConfig.Vision vision = config.vision();
        OneAlignConfig.Abstractor abstractor = config.abstractor();
        visual.putObject("visual_abstractor")
                .put("encoder_hidden_size", vision.width())
                .put("grid_size", vision.grid())
                .put("hidden_size", vision.width())
                .put("intermediate_size", abstractor.inner())
                .put("layer_norm_eps", decimal(abstractor.ffnNormEps()))
                .put("model_type", "mplug_owl_visual_abstract")
                .put("num_attention_heads", abstractor.heads())
                .put("num_hidden_layers", abstractor.layers())
                .put("num_learnable_queries", abstractor.queries());
        visual.putObject("visual_model")
                .put("hidden_act", "quick_gelu")
                .put("hidden_size", vision.width())
                .put("image_size", vision.imageSide())
                .put("intermediate_size", vision.inner())
                .put("layer_norm_eps", decimal(vision.layerNormEps()))
                .put("model_type", "mplug_owl_vision_model")
                .put("num_attention_heads", vision.heads())
                .put("num_channels", 3)
                .put("num_hidden_layers", vision.layers())
                .put("patch_size", vision.patchSide());
        return root.put("vocab_size", language.vocabulary());
    }

    private static ObjectNode preprocessor(OneAlignConfig config) {
        int side = config.vision().imageSide();
        ObjectNode root = JSON.createObjectNode()
                .put("crop_size", side)
                .put("do_center_crop", true)
                .put("do_normalize", true)
                .put("do_resize", true)
                .put("feature_extractor_type", "CLIPFeatureExtractor");
        config.input().mean().forEach(root.putArray("image_mean")::add);
        config.input().std().forEach(root.putArray("image_std")::add);
        return root.put("resample", 3).put("size", side);
    }

    /** The digits a person wrote: 1e-6, not the nearest float's. */
    private static double decimal(float value) {
        return Double.parseDouble(Float.toString(value));
    }

    private static String torchName(ElementType type) {
        return switch (type) {
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            default -> "float32";
        };
    }
}
