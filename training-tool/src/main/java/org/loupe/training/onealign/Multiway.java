package org.loupe.training.onealign;

import java.io.IOException;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Two layers of one shape: text tokens pass the first, image rows the second. */
final class Multiway extends Module {
    private static final String LIST = "multiway";

    private final Layer text;
    private final Layer image;

    /** Makes one of the two. */
    @FunctionalInterface
    interface Making {
        Layer at(ParameterSource.Place place) throws IOException;
    }

    Multiway(ParameterSource.Place place, Making making) throws IOException {
        super("multiway");
        ParameterSource.Place list = place.at(LIST);
        Module branches = register_module(LIST, new Module("branches"));
        this.text = branches.register_module("0", making.at(list.at("0")));
        this.image = branches.register_module("1", making.at(list.at("1")));
    }

    /** The text before and after the image goes through in one piece. */
    Tensor forward(Tensor x, Sequence sequence) {
        long before = sequence.before();
        long after = sequence.after();
        Tensor textIn = torch.cat(new TensorVector(sequence.textBefore(x), sequence.textAfter(x)), 1);
        Tensor textOut = text.forward(textIn);
        Tensor imageOut = image.forward(sequence.image(x));
        return torch.cat(new TensorVector(textOut.narrow(1, 0, before), imageOut, textOut.narrow(1, before, after)), 1);
    }
}
