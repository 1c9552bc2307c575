package org.loupe.training.onealign;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.loupe.checkpoint.OneAlignConfig;

/** {@code model.layers.N}: norms, keys and values by modality; queries, output projection and MLP shared by both. */
final class DecoderLayer extends Module {
    private final Map<String, Linear> linears = new LinkedHashMap<>();
    private final int heads;
    private final Multiway inputNorm;
    private final Linear query;
    private final Multiway key;
    private final Multiway value;
    private final Linear output;
    private final Multiway mlpNorm;
    private final Linear gate;
    private final Linear up;
    private final Linear down;

    DecoderLayer(ParameterSource.Place place, OneAlignConfig.Language config) throws IOException {
        super("decoder-layer");
        long width = config.width();
        double eps = config.rmsNormEps();
        this.heads = config.heads();
        this.inputNorm = register_module(
                "input_layernorm", new Multiway(place.at("input_layernorm"), at -> new RmsNorm(at, width, eps)));
        Module attention = register_module("self_attn", new Module("self-attention"));
        ParameterSource.Place attn = place.at("self_attn");
        this.query = attention.register_module("q_proj", linear(attn.at("q_proj"), width, width));
        this.key = attention.register_module("k_proj", new Multiway(attn.at("k_proj"), at -> linear(at, width, width)));
        this.value =
                attention.register_module("v_proj", new Multiway(attn.at("v_proj"), at -> linear(at, width, width)));
        this.output = attention.register_module("o_proj", linear(attn.at("o_proj"), width, width));
        this.mlpNorm = register_module(
                "post_attention_layernorm",
                new Multiway(place.at("post_attention_layernorm"), at -> new RmsNorm(at, width, eps)));
        Module mlp = register_module("mlp", new Module("mlp"));
        ParameterSource.Place in = place.at("mlp");
        this.gate = mlp.register_module("gate_proj", linear(in.at("gate_proj"), width, config.inner()));
        this.up = mlp.register_module("up_proj", linear(in.at("up_proj"), width, config.inner()));
        this.down = mlp.register_module("down_proj", linear(in.at("down_proj"), config.inner(), width));
    }

    /** @return the linear modules by their names in the checkpoint */
    Map<String, Linear> linears() {
        return linears;
    }

    private Linear linear(ParameterSource.Place place, long in, long out) throws IOException {
        Linear linear = Linear.plain(place, in, out);
        linears.put(place.name(), linear);
        return linear;
    }

    /**
     * @param x {@code [row, token, width]}
     * @param mask {@code float32[token, token]}
     */
    Tensor forward(Tensor x, Sequence sequence, Rotary rotary, Tensor mask) {
        Tensor normed = inputNorm.forward(x, sequence);
        Tensor context = Attention.of(
                rotary.turn(Attention.heads(query.forward(normed), heads)),
                rotary.turn(Attention.heads(key.forward(normed, sequence), heads)),
                Attention.heads(value.forward(normed, sequence), heads),
                mask);
        Tensor seen = x.add(output.forward(context));
        Tensor n = mlpNorm.forward(seen, sequence);
        return seen.add(down.forward(torch.silu(gate.forward(n)).mul(up.forward(n))));
    }
}
