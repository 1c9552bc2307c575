package org.loupe.training.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.evaluation.Agreement;
import org.loupe.training.network.Tensors;

/** Known values, worked out by hand, and whether each objective learns. */
class ObjectiveTest {
    private static final double[] UNKNOWN = {Double.NaN, Double.NaN};

    private final PointerScope scope = new PointerScope();

    @AfterEach
    void free() {
        scope.close();
    }

    @Test
    void levelsPunishTheLogarithmOfTheRatedLevelsProbability() {
        Objective objective = ObjectiveKind.LEVELS.with(LevelScale.equidistant(3));
        // softmax of ln 6, ln 3, ln 1 is 0.6, 0.3, 0.1; 4.5 is the best of three levels, 1.2 the worst
        Tensor logits = logits(3, Math.log(6), Math.log(3), 0, Math.log(6), Math.log(3), 0);
        assertThat(loss(objective, logits, 4.5, 1.2)).isEqualTo(-(Math.log(0.6) + Math.log(0.1)) / 2, within(1e-6));
        assertThat(objective.scores(logits).select(0, 0).item_double())
                .isEqualTo(0.6 * 5 + 0.3 * 3 + 0.1, within(1e-6));
    }

    @Test
    void softLevelsUseTheDeviationWhereItIsKnown() {
        Objective objective = ObjectiveKind.SOFT_LEVELS.with(LevelScale.equidistant(5));
        Tensor even = logits(5, 0, 0, 0, 0, 0);
        Tensor sloped = logits(5, 1, 0, 0, 0, 0);
        assertThat(loss(objective, even, 4.25)).isEqualTo(Math.log(5), within(1e-6));
        // two levels: 0.25 ln-probability of the first, 0.75 of the second
        double sum = Math.log(Math.E + 4);
        assertThat(loss(objective, sloped, 4.25)).isEqualTo(sum - 0.25, within(1e-6));
        // at 3 DeQA-Score's label is uniform
        double known = objective
                .loss(sloped, new Objective.Targets(new double[] {3}, new double[] {0.7}), 1)
                .item_double();
        assertThat(known).isEqualTo(sum - 0.2, within(1e-6));
    }

    @Test
    void regressionIsTheSquaredErrorOfAScoreThatStaysOnTheScale() {
        Objective objective = ObjectiveKind.REGRESSION.with(LevelScale.equidistant(5));
        Tensor outputs = logits(1, 0, Math.log(3)); // scores 3 and 4
        assertThat(loss(objective, outputs, 3.5, 2)).isEqualTo((0.25 + 4) / 2, within(1e-6));
        assertThat(objective.scores(logits(1, 40)).item_double()).isLessThanOrEqualTo(5);
    }

    @Test
    void aSingleOutputIsServedAsTwoLevels() {
        Objective objective = ObjectiveKind.REGRESSION.with(LevelScale.equidistant(5));
        double[] logits = objective.levelLogits(new double[] {Math.log(3)});
        double score = objective.scores(logits(1, Math.log(3))).item_double();
        assertThat(logits[0] - logits[1]).isEqualTo(Math.log(score - 1) - Math.log(5 - score), within(1e-6));
        assertThat(objective.levelWeights()).containsExactly(5, 1);
    }

    @Test
    void rankingComparesPreferencesByThurstonesModel() {
        Objective objective = ObjectiveKind.RANKING.with(LevelScale.equidistant(5));
        // ratings 4 and 3 of deviation sqrt(0.5) each: people prefer the first with Phi(1) = 0.841344746
        Objective.Targets targets =
                new Objective.Targets(new double[] {4, 3}, new double[] {Math.sqrt(0.5), Math.sqrt(0.5)});
        Tensor right = logits(1, Math.log(3), 0); // scores 4 and 3
        assertThat(objective.loss(right, targets, 1).item_double()).isEqualTo(0, within(1e-6));
        Tensor tied = logits(1, 0, 0); // scores 3 and 3: Phi(0), and a shift of half a level
        double p = 0.841344746;
        double expected = 1 - Math.sqrt(p / 2) - Math.sqrt((1 - p) / 2) + 0.1 * 0.25;
        assertThat(objective.loss(tied, targets, 1).item_double()).isEqualTo(expected, within(1e-5));
    }

    @Test
    void policyGradientPointsAtTheEntropyRegularisedReward() {
        LevelScale scale = LevelScale.equidistant(3);
        Objective objective = ObjectiveKind.POLICY.with(scale);
        double[] p = {0.5, 0.3, 0.2};
        double mos = 4.2;
        double temperature = 0.5 * 2 * 2;
        // exact gradient of sum p (reward - temperature ln p) by the logits
        double[] value = new double[3];
        double mean = 0;
        for (int i = 0; i < 3; i++) {
            double apart = scale.weights()[i] - mos;
            value[i] = -apart * apart - temperature * Math.log(p[i]);
            mean += p[i] * value[i];
        }
        double[] gradient = new double[3];
        int repeats = 4000;
        for (int seed = 0; seed < repeats; seed++) {
            try (PointerScope pass = new PointerScope()) {
                Tensor logits = logits(3, Math.log(p[0]), Math.log(p[1]), Math.log(p[2]));
                logits.set_requires_grad(true);
                objective
                        .loss(logits, new Objective.Targets(new double[] {mos}, new double[] {Double.NaN}), seed)
                        .backward();
                float[] one = Objectives.copy(logits.grad());
                for (int i = 0; i < 3; i++) {
                    gradient[i] -= one[i] / (double) repeats;
                }
            }
        }
        for (int i = 0; i < 3; i++) {
            assertThat(gradient[i]).isEqualTo(p[i] * (value[i] - mean), within(0.03));
        }
    }

    @Test
    void aSeedDrawsTheSameLevels() {
        Objective objective = ObjectiveKind.POLICY.with(LevelScale.equidistant(5));
        Tensor logits = logits(5, 1, 2, 0, 0.5, -1);
        Objective.Targets targets = new Objective.Targets(new double[] {2.5}, new double[] {Double.NaN});
        double first = objective.loss(logits, targets, 7).item_double();
        torch.manual_seed(1);
        assertThat(objective.loss(logits, targets, 7).item_double()).isEqualTo(first);
        assertThat(objective.loss(logits, targets, 8).item_double()).isNotEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource({
        "levels,5,equidistant", "levels,3,quantile", "levels,9,equidistant", "soft-levels,5,equidistant",
        "soft-levels,7,quantile", "regression,5,equidistant", "ranking,5,equidistant", "policy,5,equidistant",
        "policy,9,quantile"
    })
    void learnsALineOfPictures(String kind, int levels, String mapping) {
        int n = 60;
        double[] mos = new double[n];
        double[] std = new double[n];
        float[] x = new float[2 * n];
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < n; i++) {
            mos[i] = 1.2 + 3.6 * i / (n - 1);
            std[i] = i % 2 == 0 ? 0.6 : Double.NaN;
            x[2 * i] = (float) (mos[i] - 3);
            x[2 * i + 1] = (float) random.nextDouble(-1, 1);
        }
        LevelScale scale =
                mapping.equals("quantile") ? LevelScale.quantile(levels, mos) : LevelScale.equidistant(levels);
        Objective objective = ObjectiveKind.of(kind).with(scale);
        Tensor in = Tensor.create(x, n, 2);
        Tensor weight = torch.zeros(2, objective.outputs()).requires_grad_(true);
        Tensor bias = torch.zeros(objective.outputs()).requires_grad_(true);
        Adam optimiser = new Adam(new TensorVector(weight, bias), new AdamOptions(0.1));
        for (int step = 0; step < 250; step++) {
            try (PointerScope pass = new PointerScope()) {
                optimiser.zero_grad();
                objective
                        .loss(in.matmul(weight).add(bias), new Objective.Targets(mos, std), step)
                        .backward();
                optimiser.step();
            }
        }
        try (NoGradGuard guard = new NoGradGuard()) {
            float[] scores = Objectives.copy(objective.scores(in.matmul(weight).add(bias)));
            double[] said = new double[n];
            Arrays.setAll(said, i -> scores[i]);
            assertThat(Agreement.srcc(said, mos)).isGreaterThan(0.97);
            assertThat(Agreement.rmse(said, mos)).isLessThan(0.5);
        }
    }

    @Test
    void namesTheObjectivesThereAre() {
        assertThatThrownBy(() -> ObjectiveKind.of("reinforce"))
                .hasMessageContaining("levels, soft-levels, regression, ranking, policy");
    }

    private static Tensor logits(int width, double... values) {
        return Tensor.create(Tensors.floats(values), values.length / width, width);
    }

    private static double loss(Objective objective, Tensor outputs, double... mos) {
        double[] unknown = mos.length == 2 ? UNKNOWN : new double[] {Double.NaN};
        return objective.loss(outputs, new Objective.Targets(mos, unknown), 1).item_double();
    }
}
