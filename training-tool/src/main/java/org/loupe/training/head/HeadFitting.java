package org.loupe.training.head;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.training.data.Rated;
import org.loupe.training.objective.Objective;

/** Fits and cross-validates the heads of one task. */
public final class HeadFitting implements TaskFitting {
    private final HeadRecipe recipe;
    private final int[] columns;
    private final List<List<float[]>> chains;
    private final List<Example> others;
    private final Function<Rated, String> groupOf;
    private final int curved;
    private final FitKeeper keeper;

    /**
     * @param inputNames names of the model's inputs
     * @param chains raw features of pictures that get worse from first to last
     * @param others the other task's pictures: scaling and quantile levels look at them too, as a model has one of each
     * @param groupOf what must stay together where pictures are set aside ({@link HeadRecipe#watchShare})
     * @param curved how many of the first inputs get normal scores, 0 for none
     * @param keeper stays the caller's
     */
    public HeadFitting(
            HeadRecipe recipe,
            List<String> inputNames,
            List<List<float[]>> chains,
            List<Example> others,
            Function<Rated, String> groupOf,
            int curved,
            FitKeeper keeper) {
        this.recipe = recipe;
        this.columns = recipe.columns(inputNames);
        this.chains = chains;
        this.others = List.copyOf(others);
        this.groupOf = groupOf;
        this.curved = curved;
        this.keeper = keeper;
    }

    /** @return the scaling these examples ask for, together with the other task's pictures and, without curves, the chains */
    public Scaling scaling(List<Example> examples) {
        List<float[]> rows = new ArrayList<>();
        others.forEach(example -> rows.addAll(example.rows()));
        examples.forEach(example -> rows.addAll(example.rows()));
        if (curved == 0) {
            chains.forEach(rows::addAll); // curves go on beyond what they saw, so they need not know damage
        }
        return Standardiser.fit(rows, curved);
    }

    @Override
    public Ensemble fit(String name, List<Example> examples, List<Example> held, long seed, Runnable afterEpoch) {
        Scaling scaling = scaling(examples);
        Objective objective = objective(examples);
        HeadData data = data(examples, held, scaling);
        List<Head> heads = new HeadTrainer(recipe, objective, keeper).fit(name, data, seed, afterEpoch);
        return new Ensemble(scaling, heads, objective.levelNames(), objective.levelWeights());
    }

    private Objective objective(List<Example> examples) {
        double[] ratings = Stream.concat(examples.stream(), others.stream())
                .mapToDouble(example -> example.rated().mos())
                .toArray();
        return recipe.objective().with(recipe.scale(ratings));
    }

    private HeadData data(List<Example> examples, List<Example> held, Scaling scaling) {
        List<float[]> rows = new ArrayList<>();
        int[][] items = new int[examples.size()][];
        Function<float[], Integer> add = raw -> {
            rows.add(Standardiser.apply(scaling, raw, columns));
            return rows.size() - 1;
        };
        for (int i = 0; i < items.length; i++) {
            items[i] = examples.get(i).rows().stream().mapToInt(add::apply).toArray();
        }
        int[][] chainRows = recipe.rankingWeight() > 0
                ? chains.stream()
                        .map(chain -> chain.stream().mapToInt(add::apply).toArray())
                        .toArray(int[][]::new)
                : new int[0][];
        boolean[] clips = new boolean[items.length];
        double[] weights = new double[items.length];
        for (int i = 0; i < items.length; i++) {
            clips[i] = examples.get(i).clip();
            weights[i] = examples.get(i).weight();
        }
        List<List<float[]>> measured = held.stream()
                .map(example -> example
                        .rows()
                        .subList(0, example.clip() ? example.rows().size() : 1)
                        .stream()
                        .map(raw -> Standardiser.apply(scaling, raw, columns))
                        .toList())
                .toList();
        return new HeadData(
                columns,
                rows.toArray(float[][]::new),
                items,
                mos(examples),
                examples.stream()
                        .mapToDouble(example -> example.rated().std().orElse(Double.NaN))
                        .toArray(),
                clips,
                weights,
                groups(examples),
                chainRows,
                new HeadData.Measured(measured, mos(held)));
    }

    private int[] groups(List<Example> examples) {
        Map<String, Integer> numbers = new HashMap<>();
        return examples.stream()
                .mapToInt(example -> numbers.computeIfAbsent(groupOf.apply(example.rated()), g -> numbers.size()))
                .toArray();
    }

    private static double[] mos(List<Example> examples) {
        return examples.stream().mapToDouble(example -> example.rated().mos()).toArray();
    }

    @Override
    public List<Held> crossValidate(String name, List<Example> examples, int[] foldOf, long seed, Runnable afterEpoch) {
        Held[] predicted = new Held[examples.size()];
        int folds = Arrays.stream(foldOf).max().orElse(0) + 1;
        for (int fold = 0; fold < folds; fold++) {
            List<Example> training = new ArrayList<>();
            List<Example> held = new ArrayList<>();
            for (int i = 0; i < foldOf.length; i++) {
                (foldOf[i] == fold ? held : training).add(examples.get(i));
            }
            Ensemble ensemble =
                    fit(name + "/fold-" + (fold + 1), training, held, seed + 1000L * (fold + 1), afterEpoch);
            for (int i = 0; i < foldOf.length; i++) {
                if (foldOf[i] == fold) {
                    Example example = examples.get(i);
                    predicted[i] = new Held(ensemble.scores(example), ensemble.probabilities(example));
                }
            }
        }
        return List.of(predicted);
    }
}
