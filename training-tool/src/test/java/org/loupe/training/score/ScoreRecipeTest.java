package org.loupe.training.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.loupe.export.small.ScoreHead;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Distortion;

class ScoreRecipeTest {
    @Test
    void refusesACorrectionThatPullsTheWrongWay() {
        correction(0, 0, Map.of());
        assertThatExceptionOfType(ScoringException.class).isThrownBy(() -> correction(-0.1, 1, Map.of()));
        assertThatExceptionOfType(ScoringException.class).isThrownBy(() -> correction(0.1, -1, Map.of()));
        assertThatExceptionOfType(ScoringException.class)
                .isThrownBy(() -> correction(0.1, 1, Map.of(Distortion.BLUR, -2.0)))
                .withMessageContaining("nothing below 0");
    }

    @Test
    void aPartLooksAtTheFeaturesItsExpressionFinds() {
        List<String> names = List.of("cell_y_00", "block0_grain_q2", "net_0", "net_10");
        assertThat(new ScoreRecipe.Part("^(?!cell_|net_)", 1).columns(names)).containsExactly(1);
        assertThat(new ScoreRecipe.Part("^net_[0-9]$", 1).columns(names)).containsExactly(2);
        assertThat(new ScoreRecipe.Part("^hue", 1).columns(names)).isEmpty();
    }

    private static ScoreRecipe.Correction correction(
            double linearRidge, double weight, Map<Distortion, Double> weights) {
        return new ScoreRecipe.Correction(
                ScoreHead.Form.GAUSSIAN, 0.4, 1, 0.3, linearRidge, 0, 0, 0, 0, 0.25, weight, weights, 1);
    }
}
