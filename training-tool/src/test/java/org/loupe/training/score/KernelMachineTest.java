package org.loupe.training.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.loupe.export.small.ScoreHead;

class KernelMachineTest {
    private static final int PICTURES = 40;
    private static final List<KernelMachine.Kernel> KERNELS = List.of(
            new KernelMachine.Kernel(new int[] {0, 1, 2}, 0.3, 1),
            new KernelMachine.Kernel(new int[] {3, 4}, 0.8, 0.5));
    private static final double RIDGE = 0.3;

    private final Random random = new Random(1);
    private final float[][] inputs = new float[PICTURES][5];
    private final double[] mos = new double[PICTURES];
    private final double[] share = new double[PICTURES];

    KernelMachineTest() {
        for (int i = 0; i < PICTURES; i++) {
            for (int c = 0; c < 5; c++) {
                inputs[i][c] = (float) random.nextGaussian();
            }
            mos[i] = 3 + Math.sin(inputs[i][0]) + 0.5 * inputs[i][3] * inputs[i][3] + 0.1 * random.nextGaussian();
            share[i] = i % 4 == 0 ? 2 : 1;
        }
    }

    @Test
    void solvesTheRidgeEquations() {
        KernelMachine.Fit fit = fit(all(), ask(-1, inputs[0]));
        double bias = fit.head().bias();
        float[] weights =
                fit.head().kernels().get(0).weights(); // of weight 1 in the sum, so the coefficients themselves
        for (int i = 0; i < PICTURES; i++) {
            double said = bias + RIDGE / share[i] * weights[i];
            for (int j = 0; j < PICTURES; j++) {
                said += weights[j] * near(inputs[i], inputs[j]);
            }
            assertThat(said).isCloseTo(mos[i], within(1e-4)); // but for the jitter
        }
        assertThat(fit.asked()[0]).isCloseTo(fit.head().u(inputs[0]), within(1e-5));
    }

    @Test
    void aPictureLeftOutIsAnsweredAsByAMachineThatNeverSawIt() {
        float[] other = {0.1f, -0.4f, 1.2f, 0.3f, -0.9f}; // another size of picture 7, so to speak
        double[] without = fit(all(), ask(7, inputs[7], other)).asked();
        double mean = mean(all());
        // The mean is taken over all, so the machine fitted without picture 7 gets ratings that keep it.
        KernelMachine.Rated rest = without(7, mean);
        double[] unseen = fit(rest, ask(-1, inputs[7], other)).asked();
        double shift = mean - mean(rest);
        assertThat(shift).isCloseTo(0, within(1e-9));
        for (int r = 0; r < unseen.length; r++) {
            assertThat(without[r]).isCloseTo(unseen[r], within(1e-4));
        }
    }

    @Test
    void tellsUnseenPicturesApart() {
        double[] unseen = fit(all(), everyPictureLeftOut()).asked();
        double error = 0;
        double spread = 0;
        double mean = Arrays.stream(mos).average().orElseThrow();
        for (int i = 0; i < PICTURES; i++) {
            error += (unseen[i] - mos[i]) * (unseen[i] - mos[i]);
            spread += (mos[i] - mean) * (mos[i] - mean);
        }
        assertThat(error).isLessThan(0.8 * spread);
    }

    @Test
    void pairsAreLearnedAndALinearPartWithThem() {
        List<float[]> better = new ArrayList<>();
        List<float[]> worse = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            float[] clean = inputs[i].clone();
            float[] damaged = clean.clone();
            damaged[2] += 1.5f; // what no rating tells anything of
            better.add(clean);
            worse.add(damaged);
        }
        KernelMachine.Damaged damaged = new KernelMachine.Damaged(worse.subList(0, 10), better, worse);
        ScoreHead plain = fit(all(), ask(-1, inputs[0])).head();
        KernelMachine.Fit ranked = KernelMachine.fit(
                KERNELS, new KernelMachine.Penalties(RIDGE, 0.3, 0.4, 5, 4), all(), damaged, everyPictureLeftOut());
        assertThat(ranked.head().linears()).hasSize(1);
        assertThat(ranked.head().kernels().get(0).weights()).hasSize(PICTURES + 10);
        int right = 0;
        int before = 0;
        for (int i = 30; i < PICTURES; i++) { // pictures whose damage was never seen
            float[] spoiled = inputs[i].clone();
            spoiled[2] += 1.5f;
            right += ranked.head().u(inputs[i]) > ranked.head().u(spoiled) ? 1 : 0;
            before += plain.u(inputs[i]) > plain.u(spoiled) ? 1 : 0;
        }
        assertThat(right).isGreaterThan(before).isGreaterThanOrEqualTo(8);
    }

    private static KernelMachine.Fit fit(KernelMachine.Rated rated, KernelMachine.Asked asked) {
        return KernelMachine.fit(
                KERNELS, new KernelMachine.Penalties(RIDGE, 0, 0, 0, 0), rated, KernelMachine.Damaged.NONE, asked);
    }

    private KernelMachine.Rated all() {
        return new KernelMachine.Rated(inputs, mos, share);
    }

    /** All but one, and a picture far from everything whose rating keeps the mean where it was. */
    private KernelMachine.Rated without(int left, double mean) {
        List<float[]> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        List<Double> s = new ArrayList<>();
        double sum = 0;
        double whole = 0;
        for (int i = 0; i < PICTURES; i++) {
            if (i != left) {
                x.add(inputs[i]);
                y.add(mos[i]);
                s.add(share[i]);
                sum += share[i] * mos[i];
                whole += share[i];
            }
        }
        x.add(new float[] {1000, 1000, 1000, 1000, 1000});
        y.add(mean * (whole + 1) - sum);
        s.add(1.0);
        return new KernelMachine.Rated(
                x.toArray(float[][]::new),
                y.stream().mapToDouble(Double::doubleValue).toArray(),
                s.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static double mean(KernelMachine.Rated rated) {
        double sum = 0;
        double whole = 0;
        for (int i = 0; i < rated.mos().length; i++) {
            sum += rated.share()[i] * rated.mos()[i];
            whole += rated.share()[i];
        }
        return sum / whole;
    }

    private KernelMachine.Asked everyPictureLeftOut() {
        int[] owner = new int[PICTURES];
        Arrays.setAll(owner, i -> i);
        return new KernelMachine.Asked(List.of(inputs), owner);
    }

    private static KernelMachine.Asked ask(int owner, float[]... rows) {
        int[] owners = new int[rows.length];
        Arrays.fill(owners, owner);
        return new KernelMachine.Asked(List.of(rows), owners);
    }

    private static double near(float[] a, float[] b) {
        double sum = 0;
        for (KernelMachine.Kernel kernel : KERNELS) {
            double distance = 0;
            for (int column : kernel.columns()) {
                distance += (a[column] - b[column]) * (a[column] - b[column]);
            }
            sum += kernel.weight() * Math.exp(-kernel.gamma() * distance);
        }
        return sum;
    }
}
