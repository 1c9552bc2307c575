package org.loupe.training.onealign;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Scaled dot-product attention, written out. */
final class Attention {
    private Attention() {}

    /** {@code [batch, token, heads * width]} to {@code [batch, head, token, width]}. */
    static Tensor heads(Tensor x, long heads) {
        return x.view(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
    }

    /**
     * {@code softmax(q k^T / sqrt(width) + mask) v}, the softmax in 32 bits.
     *
     * @param q {@code [batch, head, query, width]}
     * @param k {@code [batch, head, key, width]}
     * @param v {@code [batch, head, key, width]}
     * @param mask {@code float32[query, key]}, added to the likeness; null to look everywhere
     * @return {@code [batch, query, head * width]}
     */
    static Tensor of(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
        Tensor likeness = torch.matmul(q, k.transpose(2, 3)).mul(new Scalar(1 / Math.sqrt((double) q.size(3))));
        Tensor seen = mask == null ? likeness : likeness.add(mask);
        Tensor share = torch.softmax(seen, -1, new ScalarTypeOptional(ScalarType.Float))
                .to(v.scalar_type());
        Tensor context = torch.matmul(share, v).transpose(1, 2);
        return context.reshape(context.size(0), context.size(1), context.size(2) * context.size(3));
    }
}
