package org.loupe.training.onealign;

import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code (alpha / r) B A x}: what LoRA learns beside a frozen matrix. A and B are kept in 32 bits and take part in the network's number type.
 *
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA: low-rank adaptation of large language models</a>
 */
final class LowRankTerm {
    private final Module down = new Module("lora-a");
    private final Module up = new Module("lora-b");
    private final Tensor a;
    private final Tensor b;
    private final double scale;
    private final double dropout;
    private final BooleanSupplier learning;

    /**
     * @param a {@code [rank, in]}
     * @param b {@code [out, rank]}
     * @param scale alpha / rank
     * @param dropout share of the inputs dropped while training, 0 inclusive to 1 exclusive
     * @param learning asked on every pass: what scores never drops
     */
    LowRankTerm(Tensor a, Tensor b, double scale, double dropout, BooleanSupplier learning) {
        this.a = Parameters.parameter(down, "weight", a);
        this.b = Parameters.parameter(up, "weight", b);
        this.scale = scale;
        this.dropout = dropout;
        this.learning = learning;
    }

    /** Makes the two matrices parameters of a module, under PEFT's names. */
    void joinTo(Module module) {
        module.register_module("lora_A", down);
        module.register_module("lora_B", up);
    }

    Tensor forward(Tensor x) {
        Tensor kept = dropout > 0 && learning.getAsBoolean() ? torch.dropout(x, dropout, true) : x;
        Tensor narrow = torch.linear(kept, Parameters.as(a, x), new TensorOptional());
        return torch.linear(narrow, Parameters.as(b, x), new TensorOptional()).mul(new Scalar(scale));
    }
}
