package org.loupe.training.onealign;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.loupe.checkpoint.OneAlignConfig;

/** {@code model}: vision tower, abstractor and the decoder that reads image rows among its tokens. */
final class OneAlignModel extends Module {
    private final OneAlignConfig config;
    private final VisionTower vision;
    private final VisualAbstractor abstractor;
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
        Module tokens = register_module("embed_tokens", new Module("embed-tokens"));
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

    /**
     * @param pixels normalised, {@code [frame, 3, side, side]}
     * @return {@code [frame, queries + 1, language width]}
     */
    Tensor imageRows(Tensor pixels) {
        Tensor features = vision.forward(pixels);
        return abstractor.forward(features);
    }

    /**
     * One pass over whole prompts.
     *
     * @param imageRows {@code [row, image rows, width]}: the frames of each row one after the other
     * @param before {@code int64[token]}, the text before the image, the same for every row
     * @param after {@code int64[token]}, the text after it
     * @return {@code [row, token, width]}, normalised, ready for the head
     */
    Tensor hidden(Tensor imageRows, Tensor before, Tensor after) {
        Sequence sequence = new Sequence(before.size(0), imageRows.size(1), after.size(0));
        long rows = imageRows.size(0);
        Tensor x = torch.cat(new TensorVector(words(before, rows), imageRows, words(after, rows)), 1);
        Rotary rotary = Rotary.of(config.language(), sequence.tokens(), x.scalar_type());
        Tensor mask = notAhead(sequence.tokens());
        for (DecoderLayer layer : layers) {
            Tensor in = x;
            x = Scopes.keepResult(() -> layer.forward(in, sequence, rotary, mask));
        }
        return norm.forward(x);
    }

    private Tensor words(Tensor ids, long rows) {
        Tensor embedded = embeddings.index_select(0, ids).unsqueeze(0);
        return embedded.expand(rows, ids.size(0), embedded.size(2));
    }

    /** {@code float32[token, token]}: minus infinity where a token would look at one after it, over image rows too. */
    private static Tensor notAhead(long tokens) {
        Tensor all = torch.torch_full(new long[] {tokens, tokens}, new Scalar(Double.NEGATIVE_INFINITY));
        return torch.triu(all, 1);
    }
}
