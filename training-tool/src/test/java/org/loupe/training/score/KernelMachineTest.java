package org.loupe.training.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.loupe.export.small.ScoreHead;

class KernelMachineTest {
    private static final int PICTURES = 40;
    private static final KernelMachine.Kernel KERNEL = new KernelMachine.Kernel(
            ScoreHead.Form.LAPLACE, new int[] {0, 1, 2, 3, 4}, new float[] {0.5f, 0.5f, 0.5f, 0.8f, 0.8f});
    private static final double RIDGE = 0.3;

    private final Random random = new Random(1);
    private final float[][] inputs = new float[PICTURES][5];
    private final double[] mos = new double[PICTURES];
    private final double[] share = new double[PICTURES];
    private final int[] collection = new int[PICTURES];

    KernelMachineTest() {
        for (int i = 0; i < PICTURES; i++) {
            for (int c = 0; c < 5; c++) {
                inputs[i][c] = (float) random.nextGaussian();
            }
            mos[i] = 3 + Math.sin(inputs[i][0]) + 0.5 * inputs[i][3] * inputs[i][3] + 0.1 * random.nextGaussian();
            share[i] = i % 4 == 0 ? 2 : 1;
            collection[i] = i % 2;
        }
    }

    @Test
    void solvesTheRidgeEquationsWithAFreeConstant() {
        ScoreHead head = fit(penalties(0, 0), all());
        float[] weights = head.kernels().get(0).weights();
        double sum = 0;
        for (int i = 0; i < PICTURES; i++) {
            assertThat(head.u(inputs[i]) + RIDGE / share[i] * weights[i])
                    .isCloseTo(mos[i], within(1e-4)); // but for the jitter
            sum += weights[i];
        }
        assertThat(sum).isCloseTo(0, within(1e-4)); // what makes the constant the best one
    }

    @Test
    void whatAWholeCollectionWasRatedHigherByIsNotThePictures() {
        double[] lifted = mos.clone();
        for (int i = 0; i < PICTURES; i++) {
            lifted[i] += collection[i] == 1 ? 1 : -1;
        }
        KernelMachine.Rated rated = new KernelMachine.Rated(inputs, lifted, share, collection, List.of(), new int[0]);
        double[] plain = residuals(fit(penalties(0, 0), rated));
        double[] without = residuals(fit(penalties(100, 0), rated));
        assertThat(Arrays.stream(without).average().orElseThrow())
                .isLessThan(0.8 * Arrays.stream(plain).average().orElseThrow());
    }

    @Test
    void sizesOfOnePictureAreToldTheSame() {
        List<float[]> sizes = new ArrayList<>();
        for (float[] input : inputs) {
            float[] smaller = input.clone();
            smaller[0] += 1;
            sizes.add(smaller);
        }
        KernelMachine.Rated rated = new KernelMachine.Rated(
                inputs,
                mos,
                share,
                collection,
                sizes,
                IntStream.range(0, PICTURES).toArray());
        double loose = moved(fit(penalties(0, 0), rated), sizes);
        double firm = moved(fit(penalties(0, 5), rated), sizes);
        assertThat(firm).isLessThan(0.6 * loose);
    }

    @Test
    void pairsAreLearnedAndALinearPartWithThem() {
        List<float[]> better = new ArrayList<>();
        List<float[]> worse = new ArrayList<>();
        double[] weight = new double[30];
        Arrays.fill(weight, 5);
        for (int i = 0; i < 30; i++) {
            float[] clean = inputs[i].clone();
            float[] damaged = clean.clone();
            damaged[2] += 1.5f; // what no rating tells anything of
            better.add(clean);
            worse.add(damaged);
        }
        KernelMachine.Damaged damaged = new KernelMachine.Damaged(worse.subList(0, 10), better, worse, weight);
        ScoreHead plain = fit(penalties(0, 0), all());
        ScoreHead ranked =
                KernelMachine.fit(KERNEL, new KernelMachine.Penalties(RIDGE, 0.3, 0, 0, 0.4, 4), all(), damaged);
        assertThat(ranked.linears()).hasSize(1);
        assertThat(ranked.kernels().get(0).weights()).hasSize(PICTURES + 10);
        int right = 0;
        int before = 0;
        for (int i = 30; i < PICTURES; i++) { // pictures whose damage was never seen
            float[] spoiled = inputs[i].clone();
            spoiled[2] += 1.5f;
            right += ranked.u(inputs[i]) > ranked.u(spoiled) ? 1 : 0;
            before += plain.u(inputs[i]) > plain.u(spoiled) ? 1 : 0;
        }
        assertThat(right).isGreaterThan(before).isGreaterThanOrEqualTo(8);
    }

    @Test
    void aPairThatKeepsItsMarginChangesNothing() {
        ScoreHead plain = fit(penalties(0, 0), all());
        int best = 0;
        int worst = 0;
        for (int i = 1; i < PICTURES; i++) {
            best = plain.u(inputs[i]) > plain.u(inputs[best]) ? i : best;
            worst = plain.u(inputs[i]) < plain.u(inputs[worst]) ? i : worst;
        }
        KernelMachine.Damaged ordered =
                new KernelMachine.Damaged(List.of(), List.of(inputs[best]), List.of(inputs[worst]), new double[] {100});
        ScoreHead ranked = KernelMachine.fit(KERNEL, penalties(0, 0), all(), ordered);
        for (float[] input : inputs) {
            assertThat(ranked.u(input)).isCloseTo(plain.u(input), within(1e-5));
        }
    }

    private double[] residuals(ScoreHead head) {
        return IntStream.range(0, PICTURES)
                .mapToDouble(i -> Math.abs(head.u(inputs[i]) - mos[i]))
                .toArray();
    }

    private double moved(ScoreHead head, List<float[]> sizes) {
        return IntStream.range(0, PICTURES)
                .mapToDouble(i -> Math.abs(head.u(inputs[i]) - head.u(sizes.get(i))))
                .average()
                .orElseThrow();
    }

    private static KernelMachine.Penalties penalties(double offset, double consistency) {
        return new KernelMachine.Penalties(RIDGE, 0, offset, consistency, 0.1, 2);
    }

    private static ScoreHead fit(KernelMachine.Penalties penalties, KernelMachine.Rated rated) {
        return KernelMachine.fit(KERNEL, penalties, rated, KernelMachine.Damaged.NONE);
    }

    private KernelMachine.Rated all() {
        return new KernelMachine.Rated(inputs, mos, share, collection, List.of(), new int[0]);
    }
}
