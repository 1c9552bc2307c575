package org.loupe.training.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.loupe.export.small.SmallModel.Scaling;

class NormalScoresTest {
    private static final int ROWS = 4000;

    private final Random random = new Random(3);

    @Test
    void aLongTailSpreadsAsANormalDensity() {
        Scaling scaling = fitted(x -> (float) Math.exp(x));
        for (double x = -2; x <= 2; x += 0.5) {
            float scaled = scaling.apply(new float[] {(float) Math.exp(x), 0})[0];
            assertThat(scaled).isCloseTo((float) x, within(0.25f));
        }
    }

    @Test
    void higherValuesNeverScoreLowerAndNothingLeavesFourDeviations() {
        Scaling scaling = fitted(x -> x < 0 ? 0 : x); // half of the values are one
        float before = Float.NEGATIVE_INFINITY;
        for (float x = -3; x < 9; x += 0.01f) {
            float scaled = scaling.apply(new float[] {x, 0})[0] * scaling.sd()[0] + scaling.mean()[0];
            assertThat(scaled).isGreaterThanOrEqualTo(before).isBetween(-4.001f, 4.001f);
            before = scaled;
        }
        assertThat(before).isCloseTo(4, within(1e-3f));
    }

    @Test
    void whatNeverVariesSaysNothing() {
        Scaling scaling = fitted(x -> 7);
        assertThat(scaling.apply(new float[] {7, 0})[0]).isZero();
        assertThat(scaling.apply(new float[] {9, 0})[0]).isZero();
    }

    @Test
    void featuresWithoutACurveAreClippedAtFourDeviations() {
        Scaling scaling = fitted(x -> x);
        assertThat(scaling.apply(new float[] {0, 100})[1]).isCloseTo(4, within(1e-3f));
    }

    private interface Shape {
        float of(float normal);
    }

    /** One feature of that shape with a curve, a plain one without. */
    private Scaling fitted(Shape shape) {
        List<float[]> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            rows.add(new float[] {shape.of((float) random.nextGaussian()), (float) random.nextGaussian()});
        }
        return Standardiser.fit(rows, 1);
    }
}
