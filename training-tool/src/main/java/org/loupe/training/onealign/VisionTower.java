package org.loupe.training.onealign;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.loupe.checkpoint.OneAlignConfig;

/** {@code model.vision_model}: normalised pixels to patch features, the class token first. */
final class VisionTower extends Module {
    private static final int CHANNELS = 3;

    private final OneAlignConfig.Vision config;
    private final Module embeddings;
    private final Tensor classToken;
    private final Tensor positions;
    private final Tensor patchWeight;
    private final LayerNorm preNorm;
    private final List<EncoderLayer> layers = new ArrayList<>();
    private final LayerNorm postNorm;

    VisionTower(ParameterSource.Place place, OneAlignConfig.Vision config) throws IOException {
        super("vision-tower");
        this.config = config;
        long width = config.width();
        long side = config.patchSide();
        ParameterSource.Place in = place.at("embeddings");
        this.embeddings = register_module("embeddings", new Module("embeddings"));
        this.classToken = Parameters.parameter(embeddings, "cls_token", in.tensor("cls_token", 1, 1, width));
        this.positions = Parameters.parameter(
                embeddings, "position_embedding", in.tensor("position_embedding", 1, config.tokens(), width));
        Module patches = embeddings.register_module("patch_embed", new Module("patch-embed"));
        this.patchWeight = Parameters.parameter(
                patches, "weight", in.at("patch_embed").tensor("weight", width, CHANNELS, side, side));
        this.preNorm = embeddings.register_module(
                "pre_layernorm", new LayerNorm(in.at("pre_layernorm"), width, config.layerNormEps()));
        Module encoder = register_module("encoder", new Module("encoder"));
        Module list = encoder.register_module("layers", new Module("layers"));
        for (int i = 0; i < config.layers(); i++) {
            String name = Integer.toString(i);
            ParameterSource.Place at = place.at("encoder").at("layers").at(name);
            layers.add(list.register_module(name, new EncoderLayer(at, config)));
        }
        this.postNorm = register_module(
                "post_layernorm", new LayerNorm(place.at("post_layernorm"), width, config.layerNormEps()));
    }

    /** @return from normalised pixels, {@code [frame, 3, side, side]}, to features, {@code [frame, token, width]} */
    List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        stages.add(Stage.of(embeddings, this::embed));
        layers.forEach(layer -> stages.add(Stage.of(layer, layer::forward)));
        stages.add(Stage.of(postNorm, postNorm::forward));
        return stages;
    }

    private Tensor embed(Tensor pixels) {
        long side = config.patchSide();
        Tensor grid = torch.conv2d(
                pixels,
                Parameters.as(patchWeight, pixels),
                new TensorOptional(),
                new long[] {side, side},
                new long[] {0, 0},
                new long[] {1, 1},
                1);
        Tensor patches = grid.flatten(2, 3).transpose(1, 2);
        Tensor token = Parameters.as(classToken, pixels).expand(pixels.size(0), 1, config.width());
        return preNorm.forward(torch.cat(new TensorVector(token, patches), 1).add(Parameters.as(positions, pixels)));
    }

    /** {@code encoder.layers.N}: norm, attention, norm, MLP, each added to what came in. */
    private static final class EncoderLayer extends Module {
        private final int heads;
        private final LayerNorm inputNorm;
        private final Linear queryKeyValue;
        private final Linear dense;
        private final LayerNorm mlpNorm;
        private final Linear fc1;
        private final Linear fc2;

        EncoderLayer(ParameterSource.Place place, OneAlignConfig.Vision config) throws IOException {
            super("encoder-layer");
            long width = config.width();
            float eps = config.layerNormEps();
            this.heads = config.heads();
            this.inputNorm = register_module("input_layernorm", new LayerNorm(place.at("input_layernorm"), width, eps));
            Module attention = register_module("self_attn", new Module("self-attention"));
            ParameterSource.Place attn = place.at("self_attn");
            this.queryKeyValue = attention.register_module(
                    "query_key_value", Linear.withBias(attn.at("query_key_value"), width, 3 * width));
            this.dense = attention.register_module("dense", Linear.withBias(attn.at("dense"), width, width));
            this.mlpNorm = register_module(
                    "post_attention_layernorm", new LayerNorm(place.at("post_attention_layernorm"), width, eps));
            Module mlp = register_module("mlp", new Module("mlp"));
            this.fc1 =
                    mlp.register_module("fc1", Linear.withBias(place.at("mlp").at("fc1"), width, config.inner()));
            this.fc2 =
                    mlp.register_module("fc2", Linear.withBias(place.at("mlp").at("fc2"), config.inner(), width));
        }

        Tensor forward(Tensor x) {
            Tensor seen = x.add(attention(inputNorm.forward(x)));
            return seen.add(fc2.forward(quickGelu(fc1.forward(mlpNorm.forward(seen)))));
        }

        /** Query, key and value of one head lie together in the projection, not all queries before all keys. */
        private Tensor attention(Tensor x) {
            Tensor joined = Attention.heads(queryKeyValue.forward(x), heads);
            long width = joined.size(3) / 3;
            return dense.forward(Attention.of(
                    joined.narrow(3, 0, width),
                    joined.narrow(3, width, width),
                    joined.narrow(3, 2 * width, width),
                    null));
        }

        private static Tensor quickGelu(Tensor x) {
            return x.mul(torch.sigmoid(x.mul(new Scalar(1.702))));
        }
    }
}
