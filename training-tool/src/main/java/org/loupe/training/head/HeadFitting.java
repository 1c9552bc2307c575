package org.loupe.training.head;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.training.data.Folds;
import org.loupe.training.data.Rated;
import org.loupe.training.objective.Objective;

/** Fits and cross-validates the heads of one task. */
public final class HeadFitting {
    private final HeadRecipe recipe;
    private final int[] columns;
    private final List<List<float[]>> chains;
    private final List<Example> others;
    private final FitKeeper keeper;

    /**
     * @param inputNames names of the model's inputs
     * @param chains raw features of pictures that get worse from first to last
     * @param others the other task's pictures: scaling and quantile levels look at them too, as a model has one of each
     * @param keeper stays the caller's
     */
    public HeadFitting(
            HeadRecipe recipe,
            List<String> inputNames,
            List<List<float[]>> chains,
            List<Example> others,
            FitKeeper keeper) {
        this.recipe = recipe;
        Pattern without = Pattern.compile(recipe.withoutFeatures() == null ? "(?!)" : recipe.withoutFeatures());
        this.columns = IntStream.range(0, inputNames.size())
                .filter(i -> !without.matcher(inputNames.get(i)).find())
                .toArray();
        this.chains = chains;
        this.others = List.copyOf(others);
        this.keeper = keeper;
    }

    /** @return the scaling these examples ask for, together with the chains and the other task's pictures */
    public Scaling scaling(List<Example> examples) {
        List<float[]> rows = new ArrayList<>();
        others.forEach(example -> rows.addAll(example.rows()));
        examples.forEach(example -> rows.addAll(example.rows()));
        chains.forEach(rows::addAll);
        return Standardiser.fit(rows);
    }

    /**
     * @param name of the ensemble, in log and check points
     * @param held measured on after every epoch, for the curve; may be empty
     * @param seed of the first head
     * @param afterEpoch called after every epoch of every head
     */
    public Ensemble fit(
            String name, List<Example> examples, List<Example> held, Scaling scaling, long seed, Runnable afterEpoch) {
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
                chainRows,
                new HeadData.Measured(measured, mos(held)));
    }

    private static double[] mos(List<Example> examples) {
        return examples.stream().mapToDouble(example -> example.rated().mos()).toArray();
    }

    /**
     * What heads say of a picture they never saw.
     *
     * @param scores of each of its sizes, full size first, 1..5; of a clip only its own
     * @param probabilities of the levels at full size, best first
     */
    public record Held(double[] scores, double[] probabilities) {}

    /**
     * Predicts every example by heads that never saw it nor its group.
     *
     * @param name of the task, in log and check points
     * @param groupOf what stays together
     * @return one for each example, in their order
     */
    public List<Held> crossValidate(
            String name,
            List<Example> examples,
            Function<Rated, String> groupOf,
            int folds,
            long seed,
            Runnable afterEpoch) {
        int[] foldOf = Folds.assign(examples.stream().map(Example::rated).toList(), groupOf, folds, seed);
        Held[] predicted = new Held[examples.size()];
        for (int fold = 0; fold < folds; fold++) {
            List<Example> training = new ArrayList<>();
            List<Example> held = new ArrayList<>();
            for (int i = 0; i < foldOf.length; i++) {
                (foldOf[i] == fold ? held : training).add(examples.get(i));
            }
            Ensemble ensemble = fit(
                    name + "/fold-" + (fold + 1),
                    training,
                    held,
                    scaling(training),
                    seed + 1000L * (fold + 1),
                    afterEpoch);
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
