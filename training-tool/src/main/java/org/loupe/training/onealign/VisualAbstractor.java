package org.loupe.training.onealign;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.loupe.checkpoint.OneAlignConfig;

/** {@code model.visual_abstractor}: patch features to the few rows by which the language model sees a frame. */
final class VisualAbstractor extends Module {
    // The reference builds these norms with its library's default; the configuration names only the MLP's own.
    private static final double NORM_EPS = 1e-5;

    private final Tensor queries;
    private final Tensor end;
    private final List<CrossAttention> layers = new ArrayList<>();
    private final Linear visualFc;

    VisualAbstractor(ParameterSource.Place place, OneAlignConfig config) throws IOException {
        super("visual-abstractor");
        long width = config.vision().width();
        long languageWidth = config.language().width();
        this.queries = Parameters.parameter(
                this,
                "query_embeds",
                place.tensor("query_embeds", 1, config.abstractor().queries(), width));
        this.end = Parameters.parameter(this, "vit_eos", place.tensor("vit_eos", 1, 1, languageWidth));
        Module encoder = register_module("encoder", new Module("encoder"));
        Module list = encoder.register_module("layers", new Module("layers"));
        for (int i = 0; i < config.abstractor().layers(); i++) {
            String name = Integer.toString(i);
            Module layer = list.register_module(name, new Module("layer"));
            ParameterSource.Place at = place.at("encoder").at("layers").at(name).at("crossattention");
            layers.add(layer.register_module("crossattention", new CrossAttention(at, config)));
        }
        this.visualFc = register_module("visual_fc", Linear.withBias(place.at("visual_fc"), width, languageWidth));
    }

    /**
     * @return from the vision tower's features, {@code [frame, token, width]}, to what the language model reads,
     *     {@code [frame, queries + 1, language width]}, the end row last
     */
    List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        stages.add(new Stage(this, in -> new Tensor[] {queriesFor(in[0]), in[0]}));
        layers.forEach(layer -> stages.add(new Stage(layer, in -> new Tensor[] {layer.forward(in[0], in[1]), in[1]})));
        stages.add(new Stage(this, in -> new Tensor[] {finished(in[0])}));
        return stages;
    }

    private Tensor queriesFor(Tensor features) {
        return Parameters.as(queries, features).expand(features.size(0), queries.size(1), queries.size(2));
    }

    private Tensor finished(Tensor h) {
        Tensor endOfEach = Parameters.as(end, h).expand(h.size(0), 1, end.size(2));
        return torch.cat(new TensorVector(visualFc.forward(h), endOfEach), 1);
    }

    /** {@code encoder.layers.N.crossattention}: queries look at themselves and at all patches. */
    private static final class CrossAttention extends Module {
        private final int heads;
        private final LayerNorm norm1;
        private final LayerNorm normk;
        private final Tensor queryPositions;
        private final Tensor keyPositions;
        private final Linear query;
        private final Linear key;
        private final Linear value;
        private final Linear outProj;
        private final LayerNorm norm2;
        private final Linear w1;
        private final Linear w3;
        private final LayerNorm mlpNorm;
        private final Linear w2;

        CrossAttention(ParameterSource.Place place, OneAlignConfig config) throws IOException {
            super("cross-attention");
            long width = config.vision().width();
            long inner = config.abstractor().inner();
            this.heads = config.abstractor().heads();
            this.norm1 = register_module("norm1", new LayerNorm(place.at("norm1"), width, NORM_EPS));
            this.normk = register_module("normk", new LayerNorm(place.at("normk"), width, NORM_EPS));
            Module attention = register_module("attention", new Module("attention"));
            ParameterSource.Place attn = place.at("attention");
            // Tables of sines: stored with the checkpoint, never learnt.
            this.queryPositions = Parameters.table(
                    attention,
                    "q_pos_embed",
                    attn.tensor("q_pos_embed", config.abstractor().queries(), width));
            this.keyPositions = Parameters.table(
                    attention,
                    "k_pos_embed",
                    attn.tensor("k_pos_embed", config.vision().tokens(), width));
            this.query = attention.register_module("query", Linear.withBias(attn.at("query"), width, width));
            this.key = attention.register_module("key", Linear.withBias(attn.at("key"), width, width));
            this.value = attention.register_module("value", Linear.withBias(attn.at("value"), width, width));
            Module output = register_module("output", new Module("output"));
            ParameterSource.Place out = place.at("output");
            this.outProj = output.register_module("out_proj", Linear.withBias(out.at("out_proj"), width, width));
            this.norm2 = output.register_module("norm2", new LayerNorm(out.at("norm2"), width, NORM_EPS));
            Module mlp = output.register_module("mlp", new Module("mlp"));
            ParameterSource.Place in = out.at("mlp");
            this.w1 = mlp.register_module("w1", Linear.withBias(in.at("w1"), width, inner));
            this.w3 = mlp.register_module("w3", Linear.withBias(in.at("w3"), width, inner));
            this.mlpNorm = mlp.register_module(
                    "ffn_ln",
                    new LayerNorm(in.at("ffn_ln"), inner, config.abstractor().ffnNormEps()));
            this.w2 = mlp.register_module("w2", Linear.withBias(in.at("w2"), inner, width));
        }

        /** The normalised queries replace the queries: what is learnt here is added to them, not to what came in. */
        Tensor forward(Tensor h, Tensor features) {
            Tensor normed = norm1.forward(h);
            Tensor all = torch.cat(new TensorVector(normed, normk.forward(features)), 1);
            Tensor positions = torch.cat(new TensorVector(queryPositions, keyPositions), 0);
            // Positions say where to look; what is seen there carries none.
            Tensor context = Attention.of(
                    Attention.heads(query.forward(normed.add(queryPositions)), heads),
                    Attention.heads(key.forward(all.add(positions)), heads),
                    Attention.heads(value.forward(all), heads),
                    null);
            Tensor seen = normed.add(outProj.forward(context));
            Tensor n = norm2.forward(seen);
            Tensor gated = torch.silu(w1.forward(n)).mul(w3.forward(n));
            return seen.add(w2.forward(mlpNorm.forward(gated)));
        }
    }
}
