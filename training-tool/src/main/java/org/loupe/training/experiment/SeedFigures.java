package org.loupe.training.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleBiFunction;
import org.loupe.evaluation.Agreement;
import org.loupe.evaluation.Interval;
import org.loupe.evaluation.Intervals;
import org.loupe.report.Study;

/**
 * Figures of several ways to predict the same pictures, each from several seeds. One draw of the bootstrap takes the same pictures for all
 * ways and averages each over its seeds, so differences are paired. What is drawn are groups of pictures that say nearly the same, such as
 * look-alikes and themes: drawn one by one they would count as more than they tell.
 */
final class SeedFigures {
    /** Half of what single evaluations take: a table has many rows, and its ends move by a fiftieth of an interval. */
    private static final int DRAWS = 500;

    private static final long SEED = 1;
    private static final List<ToDoubleBiFunction<double[], double[]>> FIGURES =
            List.of(Agreement::srcc, Agreement::plcc, Agreement::rmse);

    private final List<double[][]> ways;
    private final double[] rated;
    /** {@code [figure][way][draw]} */
    private final double[][][] drawn;

    /**
     * @param ways {@code [seed][picture]} of each way
     * @param rated 1..5, one a picture
     * @param groups of each picture
     */
    SeedFigures(List<double[][]> ways, double[] rated, List<String> groups) {
        this.ways = List.copyOf(ways);
        this.rated = rated;
        this.drawn = new double[FIGURES.size()][ways.size()][DRAWS];
        Map<String, List<Integer>> members = new LinkedHashMap<>();
        for (int i = 0; i < rated.length; i++) {
            members.computeIfAbsent(groups.get(i), g -> new ArrayList<>()).add(i);
        }
        List<List<Integer>> drawable = List.copyOf(members.values());
        SplittableRandom random = new SplittableRandom(SEED);
        for (int draw = 0; draw < DRAWS; draw++) {
            int[] chosen = random.ints(drawable.size(), 0, drawable.size())
                    .mapToObj(drawable::get)
                    .flatMap(List::stream)
                    .mapToInt(Integer::intValue)
                    .toArray();
            double[] y = pick(rated, chosen);
            for (int way = 0; way < ways.size(); way++) {
                for (double[] predicted : ways.get(way)) {
                    double[] x = pick(predicted, chosen);
                    for (int f = 0; f < FIGURES.size(); f++) {
                        drawn[f][way][draw] += FIGURES.get(f).applyAsDouble(x, y) / ways.get(way).length;
                    }
                }
            }
        }
    }

    Study.Figure srcc(int way) {
        return figure(0, way);
    }

    Study.Figure plcc(int way) {
        return figure(1, way);
    }

    Study.Figure rmse(int way) {
        return figure(2, way);
    }

    /** @return what {@code way} has over {@code other}, with the paired interval of SRCC */
    Study.Versus versus(int way, int other, String name) {
        double[] differences = new double[DRAWS];
        Arrays.setAll(differences, i -> drawn[0][way][i] - drawn[0][other][i]);
        return new Study.Versus(
                name, mean(0, way) - mean(0, other), interval(differences), mean(1, way) - mean(1, other));
    }

    private Study.Figure figure(int f, int way) {
        double[] bySeed = bySeed(f, way);
        double mean = mean(f, way);
        double deviation = bySeed.length < 2
                ? Double.NaN
                : Math.sqrt(
                        Arrays.stream(bySeed).map(v -> (v - mean) * (v - mean)).sum() / (bySeed.length - 1));
        return new Study.Figure(mean, interval(drawn[f][way]), deviation);
    }

    private double mean(int f, int way) {
        return Arrays.stream(bySeed(f, way)).average().orElse(Double.NaN);
    }

    private double[] bySeed(int f, int way) {
        return Arrays.stream(ways.get(way))
                .mapToDouble(predicted -> FIGURES.get(f).applyAsDouble(predicted, rated))
                .toArray();
    }

    private static Interval interval(double[] values) {
        double[] sorted =
                Arrays.stream(values).filter(v -> !Double.isNaN(v)).sorted().toArray();
        return new Interval(Intervals.percentile(sorted, 0.025), Intervals.percentile(sorted, 0.975));
    }

    private static double[] pick(double[] values, int[] chosen) {
        return Arrays.stream(chosen).mapToDouble(i -> values[i]).toArray();
    }
}
