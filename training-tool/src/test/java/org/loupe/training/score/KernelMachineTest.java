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
        KernelMachine.Fit fit = fit(0, all(), KernelMachine.Differences.NONE, ask(-1, inputs[0]));
        float[] weights = fit.head().kernels().get(0).weights();
        double sum = 0;
        for (int i = 0; i < PICTURES; i++) {
            assertThat(fit.head().u(inputs[i]) + RIDGE / share[i] * weights[i])
                    .isCloseTo(mos[i], within(1e-4)); // but for the jitter
            sum += weights[i];
        }
        assertThat(sum).isCloseTo(0, within(1e-4)); // what makes the constant the best one
        assertThat(fit.asked()[0]).isCloseTo(fit.head().u(inputs[0]), within(1e-5));
    }

    @Test
    void aPictureLeftOutIsAnsweredAsByAMachineThatWasNeverToldOfIt() {
        float[] other = {0.1f, -0.4f, 1.2f, 0.3f, -0.9f}; // another size of picture 7, so to speak
        double[] without = fit(0.5, all(), KernelMachine.Differences.NONE, ask(7, inputs[7], other))
                .asked();
        share[7] = 0; // still a centre, but nothing is told of it
        double[] never = fit(0.5, all(), KernelMachine.Differences.NONE, ask(-1, inputs[7], other))
                .asked();
        for (int r = 0; r < never.length; r++) {
            assertThat(without[r]).isCloseTo(never[r], within(1e-4));
        }
    }

    @Test
    void whatAWholeCollectionWasRatedHigherByIsNotThePictures() {
        double[] plain = new double[PICTURES];
        double[] lifted = new double[PICTURES];
        ScoreHead before = fit(0, all());
        for (int i = 0; i < PICTURES; i++) {
            mos[i] += collection[i] == 1 ? 1 : -1;
        }
        ScoreHead blind = fit(0, all());
        ScoreHead told = fit(100, all());
        for (int i = 0; i < PICTURES; i++) {
            plain[i] = Math.abs(blind.u(inputs[i]) - before.u(inputs[i]));
            lifted[i] = Math.abs(told.u(inputs[i]) - before.u(inputs[i]));
        }
        assertThat(Arrays.stream(lifted).average().orElseThrow())
                .isLessThan(0.5 * Arrays.stream(plain).average().orElseThrow());
    }

    @Test
    void sizesOfOnePictureAreToldTheSame() {
        List<float[]> sizes = new ArrayList<>();
        for (float[] input : inputs) {
            float[] smaller = input.clone();
            smaller[0] += 1;
            sizes.add(smaller);
        }
        double loose = moved(fit(0, all()), sizes);
        KernelMachine.Differences same = new KernelMachine.Differences(sizes, List.of(inputs), new double[PICTURES], 5);
        double firm = moved(fit(0, all(), same, KernelMachine.Asked.NOTHING).head(), sizes);
        assertThat(firm).isLessThan(0.6 * loose);
    }

    @Test
    void pairsAreLearnedAndALinearPartWithThem() {
        List<float[]> better = new ArrayList<>();
        List<float[]> worse = new ArrayList<>();
        double[] margin = new double[30];
        double[] weight = new double[30];
        Arrays.fill(margin, 0.4);
        Arrays.fill(weight, 5);
        for (int i = 0; i < 30; i++) {
            float[] clean = inputs[i].clone();
            float[] damaged = clean.clone();
            damaged[2] += 1.5f; // what no rating tells anything of
            better.add(clean);
            worse.add(damaged);
        }
        List<float[]> centres = new ArrayList<>(List.of(inputs));
        centres.addAll(worse.subList(0, 10));
        ScoreHead plain = fit(0, all());
        ScoreHead ranked = KernelMachine.fit(
                        KERNEL,
                        new KernelMachine.Penalties(RIDGE, 0.3, 0, 4),
                        centres,
                        all(),
                        KernelMachine.Differences.NONE,
                        new KernelMachine.Pairs(better, worse, margin, weight),
                        KernelMachine.Asked.NOTHING)
                .head();
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
        ScoreHead plain = fit(0, all());
        int best = 0;
        int worst = 0;
        for (int i = 1; i < PICTURES; i++) {
            best = plain.u(inputs[i]) > plain.u(inputs[best]) ? i : best;
            worst = plain.u(inputs[i]) < plain.u(inputs[worst]) ? i : worst;
        }
        ScoreHead ranked = KernelMachine.fit(
                        KERNEL,
                        new KernelMachine.Penalties(RIDGE, 0, 0, 2),
                        List.of(inputs),
                        all(),
                        KernelMachine.Differences.NONE,
                        new KernelMachine.Pairs(
                                List.of(inputs[best]), List.of(inputs[worst]), new double[] {0.1}, new double[] {100}),
                        KernelMachine.Asked.NOTHING)
                .head();
        for (float[] input : inputs) {
            assertThat(ranked.u(input)).isCloseTo(plain.u(input), within(1e-5));
        }
    }

    private double moved(ScoreHead head, List<float[]> sizes) {
        return IntStream.range(0, PICTURES)
                .mapToDouble(i -> Math.abs(head.u(inputs[i]) - head.u(sizes.get(i))))
                .average()
                .orElseThrow();
    }

    private ScoreHead fit(double offset, KernelMachine.Told told) {
        return fit(offset, told, KernelMachine.Differences.NONE, KernelMachine.Asked.NOTHING)
                .head();
    }

    private KernelMachine.Fit fit(
            double offset, KernelMachine.Told told, KernelMachine.Differences differences, KernelMachine.Asked asked) {
        return KernelMachine.fit(
                KERNEL,
                new KernelMachine.Penalties(RIDGE, 0, offset, 1),
                List.of(inputs),
                told,
                differences,
                KernelMachine.Pairs.NONE,
                asked);
    }

    private KernelMachine.Told all() {
        return new KernelMachine.Told(List.of(inputs), mos, share, collection);
    }

    private static KernelMachine.Asked ask(int owner, float[]... rows) {
        int[] owners = new int[rows.length];
        Arrays.fill(owners, owner);
        return new KernelMachine.Asked(List.of(rows), owners);
    }
}
