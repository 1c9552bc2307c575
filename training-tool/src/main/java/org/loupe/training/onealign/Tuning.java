package org.loupe.training.onealign;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.loupe.export.AdapterTargets;

/**
 * What of a network learns. Immutable.
 *
 * @param whole parts whose parameters all learn
 * @param lowRank low-rank terms beside frozen matrices of the decoder; null for none
 */
public record Tuning(Set<Part> whole, @Nullable LowRank lowRank) {
    /** Everything learns, the vision tower included, as in the reference's full training. */
    public static final Tuning FULL = new Tuning(EnumSet.allOf(Part.class), null);

    /** What the reference's LoRA scripts train: rank 128, alpha 256, dropout 0.05, and the whole abstractor; the vision tower is frozen. */
    public static final Tuning REFERENCE_LORA =
            new Tuning(EnumSet.of(Part.ABSTRACTOR), new LowRank(AdapterTargets.DEFAULT, 128, 256, 0.05));

    public Tuning {
        whole = Set.copyOf(whole);
    }

    /** A part of the network that learns or is frozen as a whole. */
    public enum Part {
        /** Pixels to patch features. */
        VISION("model.vision_model."),
        /** Patch features to image rows. */
        ABSTRACTOR("model.visual_abstractor."),
        /** Rows of words. */
        EMBEDDINGS("model.embed_tokens."),
        /** The decoder's layers and the norm after them. */
        DECODER("model."),
        /** Logits of words. */
        HEAD("lm_head.");

        private final String prefix;

        Part(String prefix) {
            this.prefix = prefix;
        }

        /** @return the part that a tensor of the checkpoint belongs to */
        public static Part of(String tensor) {
            for (Part part : values()) {
                if (tensor.startsWith(part.prefix)) {
                    return part;
                }
            }
            throw new IllegalArgumentException(tensor + " belongs to no part");
        }
    }

    /**
     * @param targets which linear modules of the decoder get a term
     * @param rank r, at least 1
     * @param alpha the term is scaled by alpha / r
     * @param dropout share of inputs dropped while learning, 0 inclusive to 1 exclusive
     */
    public record LowRank(AdapterTargets targets, int rank, double alpha, double dropout) {
        public LowRank {
            if (rank < 1 || !(alpha > 0) || !(dropout >= 0 && dropout < 1)) {
                throw new IllegalArgumentException(
                        "a low-rank term of rank " + rank + ", alpha " + alpha + ", dropout " + dropout);
            }
        }

        /** @return what a term is multiplied by */
        public double scale() {
            return alpha / rank;
        }
    }

    /** @return whether a tensor of the checkpoint learns */
    public boolean trains(String tensor) {
        return whole.contains(Part.of(tensor)) && !tensor.endsWith("_pos_embed");
    }
}
