package org.loupe.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Reads both configuration files and refuses what the reference implementation could not run or what does not fit together. */
final class OneAlignConfigReader {
    private static final String CONFIG = "config.json";
    private static final String PREPROCESSOR = "preprocessor_config.json";
    // What the reference's language configuration means when a checkpoint written by an older version does not name it.
    private static final double DEFAULT_ROPE_THETA = 10000;
    private static final String BICUBIC = "3";
    private static final int CHANNELS = 3;

    private OneAlignConfigReader() {}

    static OneAlignConfig read(Path directory) throws IOException {
        List<String> problems = new ArrayList<>();
        ConfigNode config = ConfigNode.read(directory, CONFIG, problems);
        ConfigNode preprocessor = ConfigNode.read(directory, PREPROCESSOR, problems);
        if (config.given("model_type") == null) {
            config.problem("model_type", "is missing");
        }
        config.mustBe("model_type", "mplug_owl2");

        ConfigNode visual = config.object("visual_config");
        ConfigNode visionNode = visual.object("visual_model");
        OneAlignConfig.Vision vision = vision(visionNode);
        OneAlignConfig.Abstractor abstractor = abstractor(visual.object("visual_abstractor"), vision);
        OneAlignConfig.Language language = language(config);
        OneAlignConfig.Input input = input(preprocessor, vision);
        if (!problems.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.CHECKPOINT_INVALID, "this checkpoint cannot be run: " + String.join("; ", problems));
        }
        return new OneAlignConfig(vision, abstractor, language, input);
    }

    private static OneAlignConfig.Vision vision(ConfigNode node) {
        node.mustBe("hidden_act", "quick_gelu");
        node.mustBe("num_channels", Integer.toString(CHANNELS));
        OneAlignConfig.Vision vision = new OneAlignConfig.Vision(
                node.side("image_size"),
                node.side("patch_size"),
                node.dimension("hidden_size"),
                node.dimension("intermediate_size"),
                node.layers("num_hidden_layers"),
                node.dimension("num_attention_heads"),
                (float) node.positive("layer_norm_eps"));
        if (vision.patchSide() > vision.imageSide()) {
            node.problem("patch_size", "is " + vision.patchSide() + ", more than image_size " + vision.imageSide());
        }
        requireDivisor(node, vision.width(), vision.heads());
        return vision;
    }

    private static OneAlignConfig.Abstractor abstractor(ConfigNode node, OneAlignConfig.Vision vision) {
        requireEqual(node, "hidden_size", vision.width(), "the vision tower's hidden_size");
        requireEqual(node, "encoder_hidden_size", vision.width(), "the vision tower's hidden_size");
        requireEqual(node, "grid_size", vision.grid(), "image_size / patch_size");
        OneAlignConfig.Abstractor abstractor = new OneAlignConfig.Abstractor(
                node.dimension("intermediate_size"),
                node.layers("num_hidden_layers"),
                node.dimension("num_attention_heads"),
                node.dimension("num_learnable_queries"),
                (float) node.positive("layer_norm_eps"));
        requireDivisor(node, vision.width(), abstractor.heads());
        return abstractor;
    }

    private static OneAlignConfig.Language language(ConfigNode node) {
        node.mustBe("hidden_act", "silu", "swish");
        node.mustBe("attention_bias", "false");
        node.mustBe("mlp_bias", "false");
        node.mustBe("tie_word_embeddings", "false");
        JsonNode scaling = node.given("rope_scaling");
        if (scaling != null) {
            node.problem("rope_scaling", "is " + scaling + ", only null can be run");
        }
        OneAlignConfig.Language language = new OneAlignConfig.Language(
                node.dimension("hidden_size"),
                node.dimension("intermediate_size"),
                node.layers("num_hidden_layers"),
                node.dimension("num_attention_heads"),
                node.dimension("vocab_size"),
                (float) node.positive("rms_norm_eps"),
                node.positive("rope_theta", DEFAULT_ROPE_THETA));
        int keyValueHeads = node.dimension("num_key_value_heads", language.heads());
        if (keyValueHeads != language.heads()) {
            node.problem(
                    "num_key_value_heads",
                    "is " + keyValueHeads + " with num_attention_heads " + language.heads()
                            + ": grouped-query attention cannot be routed by modality");
        }
        requireDivisor(node, language.width(), language.heads());
        if (language.headWidth() % 2 != 0) {
            node.problem(
                    "num_attention_heads",
                    "is " + language.heads() + ", which gives heads of " + language.headWidth()
                            + " features; rotary positions need an even number");
        }
        int headWidth = node.dimension("head_dim", language.headWidth());
        if (headWidth != language.headWidth()) {
            node.problem("head_dim", "is " + headWidth + ", needs hidden_size / num_attention_heads");
        }
        return language;
    }

    private static OneAlignConfig.Input input(ConfigNode node, OneAlignConfig.Vision vision) {
        node.mustBe("do_resize", "true");
        node.mustBe("do_rescale", "true");
        node.mustBe("do_normalize", "true");
        node.mustBe("resample", BICUBIC);
        side(node, "size", vision.imageSide());
        JsonNode crop = node.given("do_center_crop");
        if (crop == null || crop.asBoolean(true)) {
            side(node, "crop_size", vision.imageSide());
        }
        JsonNode rescale = node.given("rescale_factor");
        if (rescale != null && Math.abs(rescale.asDouble() * 255 - 1) > 1e-6) {
            node.problem("rescale_factor", "is " + rescale + ", only 1/255 can be run");
        }
        return new OneAlignConfig.Input(node.channels("image_mean", 0, 1), node.channels("image_std", 1e-6, 1e6));
    }

    /** A side is a number, or an object that names it once or twice. */
    private static void side(ConfigNode node, String field, int expected) {
        JsonNode given = node.given(field);
        if (given == null) {
            node.problem(field, "is missing");
            return;
        }
        boolean fits = given.isObject() ? !given.isEmpty() : given.asInt() == expected;
        if (given.isObject()) {
            for (JsonNode part : given) {
                fits &= part.asInt() == expected;
            }
        }
        if (!fits) {
            node.problem(field, "is " + given + ", needs the vision tower's image_size " + expected);
        }
    }

    private static void requireEqual(ConfigNode node, String field, int expected, String what) {
        int value = node.dimension(field, expected);
        if (value != expected) {
            node.problem(field, "is " + value + ", needs " + what + ", " + expected);
        }
    }

    private static void requireDivisor(ConfigNode node, int width, int heads) {
        if (width % heads != 0) {
            node.problem("num_attention_heads", "is " + heads + ", which does not divide hidden_size " + width);
        }
    }
}
