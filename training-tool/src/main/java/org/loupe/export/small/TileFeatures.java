package org.loupe.export.small;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.loupe.export.small.Tiles.Group;

/**
 * From means over tiles to statistics, of all groups and both families together: what is computed for one costs as much as for all, so
 * everything is computed for every group, and what is asked for is kept.
 */
final class TileFeatures {
    private static final Set<Group> ALL = EnumSet.allOf(Group.class);
    private static final Set<Group> PAIRED = EnumSet.of(Group.FULL, Group.QUARTER);

    private final Ops ops;
    private final List<String> values = new ArrayList<>();
    private final List<String> rows = new ArrayList<>();
    private final List<Integer> kept = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    TileFeatures(Ops ops) {
        this.ops = ops;
    }

    /**
     * @param edges means {@code [F, n, groups]} of {@link EdgeStatistics#MEANS}
     * @param contrast means {@code [F, m, groups]} of {@link ContrastStatistics#MEANS}
     */
    static void describe(Ops ops, String edges, String contrast, Features features) {
        TileFeatures tiles = new TileFeatures(ops);
        List<String> means = new ArrayList<>(EdgeStatistics.MEANS);
        means.addAll(ContrastStatistics.MEANS);
        tiles.compute(ops.concat(1, edges, contrast), means);
        tiles.keepContrast();
        tiles.keepEdges();
        tiles.into(features);
    }

    private void compute(String all, List<String> means) {
        add(all, means);
        List<String> amounts = List.of("gradient", "laplacian", "noise", "sg");
        String level = pick(all, means, amounts);
        String squares =
                pick(all, means, amounts.stream().map(name -> name + "^2").toList());
        String deviation = ops.sqrt(ops.relu(ops.sub(squares, ops.square(level))));
        add(
                ops.div(deviation, ops.add(level, 0.1f)),
                amounts.stream().map(name -> name + " cv").toList());

        List<String> logarithms = List.of("gradient", "laplacian", "noise", "sg", "m^2");
        String logs = ops.log(pick(all, means, logarithms));
        // The logarithms as they are, then what the Laplacian has over the gradient and the noise over the Laplacian.
        float[][] combinations = {
            {1, 0, 0, 0, 0},
            {0, 1, 0, 0, 0},
            {0, 0, 1, 0, 0},
            {0, 0, 0, 1, 0},
            {0, 0, 0, 0, 1},
            {-1, 1, 0, 0, 0},
            {0, -1, 1, 0, 0},
        };
        String combined = ops.matMul(ops.matrix(combinations), logs);
        List<String> logNames = new ArrayList<>();
        logarithms.forEach(name -> logNames.add("log " + name));
        logNames.addAll(List.of("laplacian/gradient", "noise/laplacian"));
        add(combined, logNames);

        String above = ops.node(
                "Pow", pick(all, means, List.of("|m|", "right", "down", "|right|", "|down|")), column(1, 1, 1, 2, 2));
        String below = ops.node(
                "Pow",
                ops.add(pick(all, means, List.of("m^2", "m^2", "m^2", "right^2", "down^2")), 1e-6f),
                column(0.5f, 1, 1, 1, 1));
        add(ops.div(above, below), List.of("abs", "mean right", "mean down", "shape right", "shape down"));
    }

    private String column(float... exponents) {
        return ops.floats(new long[] {exponents.length, 1}, exponents);
    }

    private String pick(String all, List<String> means, List<String> wanted) {
        return ops.gather(
                all, ops.longs(wanted.stream().mapToLong(means::indexOf).toArray()), 1);
    }

    private void add(String value, List<String> rowNames) {
        values.add(value);
        rows.addAll(rowNames);
    }

    private void keepContrast() {
        keep("m", "mscn", "mean", ALL);
        keep("log m^2", "mscn", "log_var", ALL);
        keep("abs", "mscn", "abs_over_sd", ALL);
        for (String direction : List.of("right", "down")) {
            keep("mean " + direction, "mscn", "product_mean_" + direction, ALL);
            keep("shape " + direction, "mscn", "product_shape_" + direction, PAIRED);
        }
        keep("log sg", "mscn", "sg_log_mean", ALL);
        keep("sg cv", "mscn", "sg_cv", ALL);
    }

    private void keepEdges() {
        for (String amount : List.of("gradient", "laplacian", "noise")) {
            keep("log " + amount, "edges", amount + "_log_mean", ALL);
            keep(amount + " cv", "edges", amount + "_cv", ALL);
            if (amount.equals("laplacian")) {
                keep("laplacian/gradient", "edges", "laplacian_over_gradient", ALL);
            } else if (amount.equals("noise")) {
                keep("noise/laplacian", "edges", "noise_over_laplacian", ALL);
            }
        }
    }

    private void keep(String row, String family, String name, Set<Group> groups) {
        for (Group group : groups) {
            kept.add(rows.indexOf(row) * Group.values().length + group.ordinal());
            names.add(group.family(family) + "_" + name);
        }
    }

    private void into(Features features) {
        String all = ops.reshape(ops.concat(1, values), 0, (long) rows.size() * Group.values().length);
        String wanted = ops.gather(
                all, ops.longs(kept.stream().mapToLong(Integer::longValue).toArray()), 1);
        features.add(wanted, names.toArray(String[]::new));
    }
}
