package org.loupe.training.head;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.training.data.Folds;
import org.loupe.training.data.Rated;

/** Fits and cross-validates the heads of one task. */
public final class HeadFitting {
    private final HeadRecipe recipe;
    private final int[] columns;
    private final List<List<float[]>> chains;
    private final List<float[]> others;

    /**
     * @param inputNames names of the model's inputs
     * @param chains raw features of pictures that get worse from first to last
     * @param others raw features that only the scaling looks at: the other task's pictures
     */
    public HeadFitting(HeadRecipe recipe, List<String> inputNames, List<List<float[]>> chains, List<float[]> others) {
        this.recipe = recipe;
        Pattern without = Pattern.compile(recipe.withoutFeatures() == null ? "(?!)" : recipe.withoutFeatures());
        this.columns = IntStream.range(0, inputNames.size())
                .filter(i -> !without.matcher(inputNames.get(i)).find())
                .toArray();
        this.chains = chains;
        this.others = others;
    }

    /** @return the scaling these examples ask for, together with the chains and the other task's pictures */
    public Scaling scaling(List<Example> examples) {
        List<float[]> rows = new ArrayList<>(others);
        examples.forEach(example -> rows.addAll(example.rows()));
        chains.forEach(rows::addAll);
        return Standardiser.fit(rows);
    }

    /**
     * @param seed of the first head
     * @param afterEpoch called after every epoch of every head
     */
    public Ensemble fit(List<Example> examples, Scaling scaling, long seed, Runnable afterEpoch) {
        List<float[]> rows = new ArrayList<>();
        int[][] items = new int[examples.size()][];
        double[] mos = new double[examples.size()];
        boolean[] clips = new boolean[examples.size()];
        double[] weights = new double[examples.size()];
        Function<float[], Integer> add = raw -> {
            rows.add(Standardiser.apply(scaling, raw, columns));
            return rows.size() - 1;
        };
        for (int i = 0; i < items.length; i++) {
            items[i] = examples.get(i).rows().stream().mapToInt(add::apply).toArray();
            mos[i] = examples.get(i).rated().mos();
            clips[i] = examples.get(i).clip();
            weights[i] = examples.get(i).weight();
        }
        int[][] chainRows = recipe.rankingWeight() > 0
                ? chains.stream()
                        .map(chain -> chain.stream().mapToInt(add::apply).toArray())
                        .toArray(int[][]::new)
                : new int[0][];
        HeadData data = new HeadData(columns, rows.toArray(float[][]::new), items, mos, clips, weights, chainRows);
        List<Head> heads = new HeadTrainer(recipe).fit(data, seed, afterEpoch);
        return new Ensemble(scaling, heads);
    }

    /**
     * Predicts every example by heads that never saw it nor its group.
     *
     * @param groupOf what stays together
     * @return one row of scores an example: of each of its sizes, full size first; of a clip only its own
     */
    public List<double[]> crossValidate(
            List<Example> examples, Function<Rated, String> groupOf, int folds, long seed, Runnable afterEpoch) {
        int[] foldOf = Folds.assign(examples.stream().map(Example::rated).toList(), groupOf, folds, seed);
        double[][] predicted = new double[examples.size()][];
        for (int fold = 0; fold < folds; fold++) {
            List<Example> training = new ArrayList<>();
            for (int i = 0; i < foldOf.length; i++) {
                if (foldOf[i] != fold) {
                    training.add(examples.get(i));
                }
            }
            Ensemble ensemble = fit(training, scaling(training), seed + 1000L * (fold + 1), afterEpoch);
            for (int i = 0; i < foldOf.length; i++) {
                if (foldOf[i] == fold) {
                    predicted[i] = ensemble.scores(examples.get(i));
                }
            }
        }
        return List.of(predicted);
    }
}
