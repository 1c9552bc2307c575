package org.loupe.training.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.loupe.export.small.ScoreHead;

class TasteTunerTest {
    private static final int INPUTS = 12;
    private static final int[] SUBJECT = {6, 7, 8, 9, 10, 11};

    private final Random random = new Random(4);
    private final ScoreHead base = new ScoreHead(
            List.of(),
            List.of(new ScoreHead.Linear(new int[] {0, 1}, new float[] {0.5f, -0.3f})),
            Optional.empty(),
            3,
            0.7f);

    @Test
    void learnsAPreferenceTheBaseDoesNotHave() {
        ToDoubleFunction<float[]> taste = x -> base.u(x) + 0.5 * x[3];
        TasteTuner.Tuned tuned = TasteTuner.tune(base, SUBJECT, ratings(200, taste, 0.2));
        assertThat(tuned.tunedError()).isLessThan(0.6 * tuned.baseError());
        double before = 0;
        double after = 0;
        for (int i = 0; i < 200; i++) {
            float[] x = picture();
            double wanted = ScoreHead.score(taste.applyAsDouble(x), 0.7);
            before += Math.pow(ScoreHead.score(base.u(x), 0.7) - wanted, 2);
            after += Math.pow(ScoreHead.score(tuned.head().u(x), tuned.head().spread()) - wanted, 2);
        }
        assertThat(after).isLessThan(0.5 * before);
    }

    @Test
    void keepsTheBaseWhereRatingsSayNothingElse() {
        TasteTuner.Tuned tuned = TasteTuner.tune(base, SUBJECT, ratings(60, base::u, 1e-6));
        assertThat(tuned.tunedError()).isLessThanOrEqualTo(tuned.baseError());
        float[] x = picture();
        assertThat(Math.abs(tuned.head().u(x) - base.u(x))).isLessThan(0.1);
    }

    private List<TasteTuner.Rating> ratings(int count, ToDoubleFunction<float[]> taste, double noise) {
        List<TasteTuner.Rating> ratings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] x = picture();
            double u = taste.applyAsDouble(x) + noise * random.nextGaussian();
            ratings.add(new TasteTuner.Rating(x, ScoreHead.score(u, 0.7), "theme" + i % 30));
        }
        return ratings;
    }

    private float[] picture() {
        float[] x = new float[INPUTS];
        for (int i = 0; i < INPUTS; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}
