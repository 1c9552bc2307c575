package org.loupe.training.onealign;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.loupe.checkpoint.OneAlignConfig;

/** {@code model}: vision tower, abstractor and the decoder that reads image rows among its tokens. */
final class OneAlignModel extends Module {
    private final OneAlignConfig config;
    private final VisionTower vision;
    private final VisualAbstractor abstractor;
    private final Module tokens;
    private final Tensor embeddings;
    private final List<DecoderLayer> layers = new ArrayList<>();
    private final RmsNorm norm;

    OneAlignModel(ParameterSource.Place place, OneAlignConfig config) throws IOException {
        super("model");
        this.config = config;
        OneAlignConfig.Language language = config.language();
        this.vision = register_module("vision_model", new VisionTower(place.at("vision_model"), config.vision()));
        this.abstractor =
                register_module("visual_abstractor", new VisualAbstractor(place.at("visual_abstractor"), config));
        this.tokens = register_module("embed_tokens", new Module("embed-tokens"));
        this.embeddings = Parameters.parameter(
                tokens, "weight", place.at("embed_tokens").tensor("weight", language.vocabulary(), language.width()));
        Module list = register_module("layers", new Module("layers"));
        for (int i = 0; i < language.layers(); i++) {
            String name = Integer.toString(i);
            layers.add(list.register_module(
                    name, new DecoderLayer(place.at("layers").at(name), language)));
        }
        this.norm = register_module("norm", new RmsNorm(place.at("norm"), language.width(), language.rmsNormEps()));
    }

    /** @return from normalised pixels, {@code [frame, 3, side, side]}, to features of patches */
    List<Stage> visionStages() {
        return vision.stages();
    }

    /** @return from features of patches to {@code [frame, queries + 1, language width]} */
    List<Stage> abstractorStages() {
        return abstractor.stages();
    }

    /**
     * One pass over whole prompts, from image rows to {@code [row, token, width]}, ready for {@link #normed}. Attached to the scope that is
     * open: angles and mask.
     *
     * @param type what the network computes in
     * @param before {@code int64[token]}, the text before the image, the same for every row
     * @param after {@code int64[row, token]}, the text after it; what pads the shorter ones is never looked at by what stands before it
     * @param frames frames of one row
     */
    List<Stage> languageStages(ScalarType type, Tensor before, Tensor after, int frames) {
        long image = (long) frames * config.abstractor().rows();
        Sequence sequence = new Sequence(before.size(0), image, after.size(1));
        Rotary rotary = Rotary.of(config.language(), sequence.tokens(), type, before);
        Tensor mask = notAhead(sequence.tokens(), before);
        List<Stage> stages = new ArrayList<>();
        stages.add(Stage.of(tokens, imageRows -> joined(imageRows, before, after, image)));
        layers.forEach(layer -> stages.add(Stage.of(layer, x -> layer.forward(x, sequence, rotary, mask))));
        return stages;
    }

    /** The norm before the head. */
    Tensor normed(Tensor x) {
        return norm.forward(x);
    }

    /** @return every linear module of the decoder by its name in the checkpoint */
    Map<String, Linear> linears() {
        Map<String, Linear> linears = new TreeMap<>();
        layers.forEach(layer -> linears.putAll(layer.linears()));
        return linears;
    }

    private Tensor joined(Tensor imageRows, Tensor before, Tensor after, long image) {
        long rows = after.size(0);
        long width = config.language().width();
        Tensor words = Parameters.as(embeddings.index_select(0, before), imageRows)
                .unsqueeze(0)
                .expand(rows, before.size(0), width);
        Tensor rest = Parameters.as(embeddings.index_select(0, after.flatten()), imageRows)
                .view(rows, after.size(1), width);
        return torch.cat(new TensorVector(words, imageRows.reshape(rows, image, width), rest), 1);
    }

    /** {@code float32[token, token]}: minus infinity where a token would look at one after it, over image rows too. */
    private static Tensor notAhead(long tokens, Tensor near) {
        Tensor all = torch.torch_full(new long[] {tokens, tokens}, new Scalar(Double.NEGATIVE_INFINITY));
        return Devices.near(torch.triu(all, 1), near);
    }
}
