package org.loupe.training.score;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.loupe.export.small.ScoreHead;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Rated;
import org.loupe.training.head.Chain;
import org.loupe.training.head.Example;
import org.loupe.training.head.HeadFitting;
import org.loupe.training.head.TaskFitting;

/**
 * Fits the score head of one task: a kernel machine on the rated pictures, told besides what damaged copies must lose and that sizes of one
 * picture are one picture. Levels are calibrated on what cross-validation says, so cross-validate before fitting. For one thread.
 */
public final class ScoreFitting implements TaskFitting {
    private final ScoreRecipe recipe;
    private final Function<List<Example>, Scaling> scaling;
    private final Function<Rated, String> collection;
    private final List<Chain> chains;
    private final KernelMachine.Kernel kernel;
    private LevelCalibration calibration = LevelCalibration.NONE;

    /**
     * @param heads know the scaling
     * @param names of the raw features
     * @param chains of clean photographs; looked at where the recipe has damage
     * @param collection of each rated picture
     */
    public ScoreFitting(
            ScoreRecipe recipe,
            HeadFitting heads,
            List<String> names,
            List<Chain> chains,
            Function<Rated, String> collection) {
        this.recipe = recipe;
        this.scaling = heads::scaling;
        this.chains = List.copyOf(chains);
        this.collection = collection;
        this.kernel = kernel(recipe.kernel(), names);
    }

    private static KernelMachine.Kernel kernel(ScoreRecipe.Kernel recipe, List<String> names) {
        List<int[]> parts = new ArrayList<>();
        List<Double> shares = new ArrayList<>();
        for (ScoreRecipe.Part part : recipe.parts()) {
            Pattern wanted = Pattern.compile(part.features());
            int[] columns = IntStream.range(0, names.size())
                    .filter(i -> wanted.matcher(names.get(i)).find())
                    .toArray();
            if (columns.length > 0) {
                parts.add(columns);
                shares.add(part.share());
            }
        }
        if (parts.isEmpty()) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "the recipe's kernel finds no feature");
        }
        double whole = shares.stream().mapToDouble(Double::doubleValue).sum();
        double width = recipe.form() == ScoreHead.Form.LAPLACE ? recipe.gamma() : Math.sqrt(recipe.gamma());
        int[] columns = parts.stream().flatMapToInt(Arrays::stream).toArray();
        float[] factors = new float[columns.length];
        int at = 0;
        for (int p = 0; p < parts.size(); p++) {
            int count = parts.get(p).length;
            Arrays.fill(factors, at, at + count, (float) (width * Math.sqrt(shares.get(p) / whole / count)));
            at += count;
        }
        return new KernelMachine.Kernel(recipe.form(), columns, factors);
    }

    @Override
    public ScoreModel fit(String name, List<Example> examples, List<Example> held, long seed, Runnable afterEpoch) {
        ScoreModel fitted = uncalibrated(examples, seed);
        afterEpoch.run();
        return new ScoreModel(fitted.scaling(), calibration.applied(fitted.head()));
    }

    @Override
    public List<Held> crossValidate(String name, List<Example> examples, int[] foldOf, long seed, Runnable afterEpoch) {
        int folds = Arrays.stream(foldOf).max().orElse(0) + 1;
        double[][] u = new double[examples.size()][];
        for (int fold = 0; fold < folds; fold++) {
            int held = fold;
            List<Example> training = IntStream.range(0, foldOf.length)
                    .filter(i -> foldOf[i] != held)
                    .mapToObj(examples::get)
                    .toList();
            ScoreModel model = uncalibrated(training, seed + 1000L * (fold + 1));
            for (int i = 0; i < foldOf.length; i++) {
                if (foldOf[i] == fold) {
                    u[i] = model.us(examples.get(i));
                }
            }
            afterEpoch.run();
        }
        calibration = LevelCalibration.fit(
                Arrays.stream(u).mapToDouble(sizes -> sizes[0]).toArray(),
                examples.stream().mapToDouble(e -> e.rated().mos()).toArray(),
                recipe.rmseAllowance());
        return Arrays.stream(u).map(this::held).toList();
    }

    private Held held(double[] u) {
        double[] scores = Arrays.stream(u)
                .map(one -> ScoreHead.score(calibration.factor() * one + calibration.offset(), calibration.spread()))
                .toArray();
        return new Held(
                scores, ScoreHead.levels(calibration.factor() * u[0] + calibration.offset(), calibration.spread()));
    }

    private ScoreModel uncalibrated(List<Example> examples, long seed) {
        Scaling fitted = scaling.apply(examples);
        ScoreRecipe.Damage damage = recipe.damage();
        KernelMachine.Penalties penalties = new KernelMachine.Penalties(
                recipe.ridge(),
                recipe.linearRidge(),
                recipe.offset(),
                recipe.consistency(),
                damage == null ? 0 : damage.margin(),
                damage == null ? 0 : damage.rounds());
        KernelMachine.Damaged damaged = damage == null ? KernelMachine.Damaged.NONE : damaged(damage, fitted, seed);
        return new ScoreModel(fitted, KernelMachine.fit(kernel, penalties, rated(examples, fitted), damaged));
    }

    private record Pair(float[] better, float[] worse, double weight) {}

    /** Neighbours in each chain, and of long chains the clean picture and the middle. */
    private KernelMachine.Damaged damaged(ScoreRecipe.Damage damage, Scaling fitted, long seed) {
        List<Pair> full = new ArrayList<>();
        List<Pair> reduced = new ArrayList<>();
        List<float[]> centres = new ArrayList<>();
        for (Chain chain : chains) {
            List<float[]> rows = chain.rows();
            List<Pair> pairs = chain.fullSize() ? full : reduced;
            double weight = damage.weight(chain.type());
            for (int i = 0; i + 1 < rows.size(); i++) {
                pairs.add(new Pair(rows.get(i), rows.get(i + 1), weight));
                centres.add(rows.get(i + 1));
            }
            if (rows.size() > 3) {
                pairs.add(new Pair(rows.get(0), rows.get(2), weight));
            }
        }
        List<Pair> chosen = new ArrayList<>(drawn(full, damage.pairs(), seed));
        chosen.addAll(drawn(reduced, damage.reducedPairs(), seed));
        return new KernelMachine.Damaged(
                drawn(centres, damage.centres(), seed).stream()
                        .map(fitted::apply)
                        .toList(),
                chosen.stream().map(pair -> fitted.apply(pair.better())).toList(),
                chosen.stream().map(pair -> fitted.apply(pair.worse())).toList(),
                chosen.stream().mapToDouble(Pair::weight).toArray());
    }

    private static <T> List<T> drawn(List<T> from, int most, long seed) {
        Collections.shuffle(from, new Random(seed));
        return from.subList(0, Math.min(from.size(), most));
    }

    /** A still is learned at full size, a clip as the mean of what its frames show. */
    private KernelMachine.Rated rated(List<Example> examples, Scaling fitted) {
        float[][] inputs = new float[examples.size()][];
        List<float[]> sizes = new ArrayList<>();
        List<Integer> sizeOf = new ArrayList<>();
        for (int i = 0; i < inputs.length; i++) {
            Example example = examples.get(i);
            inputs[i] = fitted.apply(example.rows().get(0));
            for (int r = 1; r < example.rows().size(); r++) {
                float[] row = fitted.apply(example.rows().get(r));
                if (example.clip()) {
                    for (int c = 0; c < row.length; c++) {
                        inputs[i][c] += (row[c] - inputs[i][c]) / (r + 1);
                    }
                } else if (recipe.consistency() > 0) {
                    sizes.add(row);
                    sizeOf.add(i);
                }
            }
        }
        List<String> collections = examples.stream()
                .map(example -> collection.apply(example.rated()))
                .toList();
        List<String> distinct = collections.stream().distinct().sorted().toList();
        return new KernelMachine.Rated(
                inputs,
                examples.stream().mapToDouble(e -> e.rated().mos()).toArray(),
                examples.stream().mapToDouble(Example::weight).toArray(),
                collections.stream().mapToInt(distinct::indexOf).toArray(),
                sizes,
                sizeOf.stream().mapToInt(Integer::intValue).toArray());
    }
}
