package org.loupe.training.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Expected values were worked out by hand. */
class ObjectivesTest {
    @Test
    void scoresLogitsByTheirLevelWeights() {
        try (PointerScope scope = new PointerScope()) {
            // e^0 : e^ln3 for good : bad, the others vanish: (4 * 1 + 1 * 3) / 4
            Tensor logits = Tensor.create(new float[] {-50, 0, -50, -50, (float) Math.log(3)}, 1, 5);
            assertThat(Objectives.expectedScore(logits, new double[] {5, 4, 3, 2, 1})
                            .item_float())
                    .isCloseTo(1.75f, within(1e-5f));
        }
    }

    @Test
    void crossEntropyOfEvenLogitsIsLnFive() {
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = Tensor.create(new float[10], 2, 5);
            Tensor targets = Tensor.create(new float[] {1, 0, 0, 0, 0, 0, 0.5f, 0.5f, 0, 0}, 2, 5);
            assertThat(Objectives.crossEntropy(logits, targets).item_float())
                    .isCloseTo((float) Math.log(5), within(1e-5f));
        }
    }

    @Test
    void correlationLossIsZeroOneOrTwo() {
        try (PointerScope scope = new PointerScope()) {
            Tensor rated = Tensor.create(1f, 2f, 4f);
            assertThat(Objectives.correlationLoss(Tensor.create(3f, 5f, 9f), rated)
                            .item_float())
                    .isCloseTo(0, within(1e-4f));
            assertThat(Objectives.correlationLoss(Tensor.create(-1f, -2f, -4f), rated)
                            .item_float())
                    .isCloseTo(2, within(1e-4f));
            assertThat(Objectives.correlationLoss(Tensor.create(2f, 2f, 2f), rated)
                            .item_float())
                    .isCloseTo(1, within(1e-4f));
        }
    }

    @Test
    void rankingLossIsLnTwoForATieAndFallsWithTheGap() {
        try (PointerScope scope = new PointerScope()) {
            Tensor three = Tensor.create(3f, 3f);
            assertThat(Objectives.rankingLoss(three, three).item_float()).isCloseTo((float) Math.log(2), within(1e-5f));
            assertThat(Objectives.rankingLoss(Tensor.create(3.5f, 3.5f), three).item_float())
                    .isCloseTo((float) Math.log1p(Math.exp(-2)), within(1e-5f));
            assertThat(Objectives.rankingLoss(Tensor.create(2.5f, 2.5f), three).item_float())
                    .isCloseTo((float) Math.log1p(Math.exp(2)), within(1e-5f));
        }
    }
}
