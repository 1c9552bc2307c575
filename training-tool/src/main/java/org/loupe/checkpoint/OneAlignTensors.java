package org.loupe.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** The tensors a OneAlign checkpoint must hold, by the configuration: exactly these, in these shapes. */
public final class OneAlignTensors {
    private static final int CHANNELS = 3;
    // Rotary frequencies follow from theta; some writers store them all the same.
    private static final String DERIVED_SUFFIX = ".rotary_emb.inv_freq";
    // Beyond this a list tells nothing more: the checkpoint is of another kind.
    private static final int MOST_NAMED = 100;

    private final Map<String, List<Long>> shapes = new LinkedHashMap<>();

    private OneAlignTensors(OneAlignConfig config) {
        vision(config.vision());
        abstractor(config);
        language(config.language());
    }

    /** @return name and shape of every tensor, in the order of the network */
    public static Map<String, List<Long>> expected(OneAlignConfig config) {
        return new OneAlignTensors(config).shapes;
    }

    /**
     * Compares what a checkpoint holds with what its configuration asks for.
     *
     * @throws ScoringException CHECKPOINT_INVALID naming every tensor that is missing, unexpected, of another shape or not of
     *     {@code float32}, {@code float16} or {@code bfloat16} numbers
     */
    public static void check(OneAlignConfig config, Collection<TensorInfo> found) {
        Map<String, TensorInfo> rest = new LinkedHashMap<>();
        for (TensorInfo info : found) {
            if (!info.name().endsWith(DERIVED_SUFFIX)) {
                rest.put(info.name(), info);
            }
        }
        List<String> problems = new ArrayList<>();
        expected(config).forEach((name, shape) -> {
            TensorInfo info = rest.remove(name);
            if (info == null) {
                problems.add(name + " is missing");
            } else if (!info.shape().equals(shape)) {
                problems.add(name + " has the shape " + info.shape() + ", needs " + shape);
            } else if (!info.type().readableAsFloat()) {
                problems.add(name + " is of type " + info.type() + ", needs F32, F16 or BF16");
            }
        });
        rest.keySet().forEach(name -> problems.add(name + " is unexpected"));
        if (!problems.isEmpty()) {
            List<String> named = problems.subList(0, Math.min(problems.size(), MOST_NAMED));
            String more = problems.size() > MOST_NAMED ? "; and " + (problems.size() - MOST_NAMED) + " more" : "";
            throw new ScoringException(
                    ErrorReason.CHECKPOINT_INVALID,
                    "the tensors do not fit config.json: " + String.join("; ", named) + more);
        }
    }

    private void vision(OneAlignConfig.Vision vision) {
        String root = "model.vision_model.";
        long width = vision.width();
        add(root + "embeddings.cls_token", 1, 1, width);
        add(root + "embeddings.position_embedding", 1, vision.tokens(), width);
        add(root + "embeddings.patch_embed.weight", width, CHANNELS, vision.patchSide(), vision.patchSide());
        affine(root + "embeddings.pre_layernorm", width);
        for (int i = 0; i < vision.layers(); i++) {
            String layer = root + "encoder.layers." + i + ".";
            affine(layer + "input_layernorm", width);
            linear(layer + "self_attn.query_key_value", 3 * width, width);
            linear(layer + "self_attn.dense", width, width);
            affine(layer + "post_attention_layernorm", width);
            linear(layer + "mlp.fc1", vision.inner(), width);
            linear(layer + "mlp.fc2", width, vision.inner());
        }
        affine(root + "post_layernorm", width);
    }

    private void abstractor(OneAlignConfig config) {
        String root = "model.visual_abstractor.";
        OneAlignConfig.Abstractor abstractor = config.abstractor();
        long width = config.vision().width();
        add(root + "query_embeds", 1, abstractor.queries(), width);
        for (int i = 0; i < abstractor.layers(); i++) {
            String layer = root + "encoder.layers." + i + ".crossattention.";
            affine(layer + "norm1", width);
            affine(layer + "normk", width);
            add(layer + "attention.q_pos_embed", abstractor.queries(), width);
            add(layer + "attention.k_pos_embed", config.vision().tokens(), width);
            linear(layer + "attention.query", width, width);
            linear(layer + "attention.key", width, width);
            linear(layer + "attention.value", width, width);
            linear(layer + "output.out_proj", width, width);
            affine(layer + "output.norm2", width);
            linear(layer + "output.mlp.w1", abstractor.inner(), width);
            linear(layer + "output.mlp.w3", abstractor.inner(), width);
            affine(layer + "output.mlp.ffn_ln", abstractor.inner());
            linear(layer + "output.mlp.w2", width, abstractor.inner());
        }
        linear(root + "visual_fc", config.language().width(), width);
        add(root + "vit_eos", 1, 1, config.language().width());
    }

    private void language(OneAlignConfig.Language language) {
        long width = language.width();
        add("model.embed_tokens.weight", language.vocabulary(), width);
        for (int i = 0; i < language.layers(); i++) {
            String layer = "model.layers." + i + ".";
            add(layer + "self_attn.q_proj.weight", width, width);
            add(layer + "self_attn.o_proj.weight", width, width);
            for (int modality = 0; modality < 2; modality++) {
                add(layer + "self_attn.k_proj.multiway." + modality + ".weight", width, width);
                add(layer + "self_attn.v_proj.multiway." + modality + ".weight", width, width);
                add(layer + "input_layernorm.multiway." + modality + ".weight", width);
                add(layer + "post_attention_layernorm.multiway." + modality + ".weight", width);
            }
            add(layer + "mlp.gate_proj.weight", language.inner(), width);
            add(layer + "mlp.up_proj.weight", language.inner(), width);
            add(layer + "mlp.down_proj.weight", width, language.inner());
        }
        add("model.norm.weight", width);
        add("lm_head.weight", language.vocabulary(), width);
    }

    private void linear(String name, long out, long in) {
        add(name + ".weight", out, in);
        add(name + ".bias", out);
    }

    private void affine(String name, long width) {
        add(name + ".weight", width);
        add(name + ".bias", width);
    }

    private void add(String name, long... shape) {
        shapes.put(name, Arrays.stream(shape).boxed().toList());
    }
}
