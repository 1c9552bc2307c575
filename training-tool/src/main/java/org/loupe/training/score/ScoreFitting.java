package org.loupe.training.score;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.loupe.export.small.ScoreHead;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Rated;
import org.loupe.training.head.Chain;
import org.loupe.training.head.Example;
import org.loupe.training.head.TaskFitting;

/**
 * Fits the score head of one task in two steps. A kernel machine tells ratings from features, but of a picture damaged as no rated one is it knows
 * little. A second one, with few centres and a linear part, therefore corrects it: it learns what damaged copies must lose, that sizes
 * of one picture are one picture, and what the first misses of rated pictures that it was not told of. Fitted at once, every rated picture would be a
 * centre that hides from itself what the rest of the machine does to pictures like it. Levels are calibrated on what cross-validation says, so
 * cross-validate before fitting. For one thread.
 */
public final class ScoreFitting implements TaskFitting {
    private final ScoreRecipe recipe;
    private final Function<List<Example>, Scaling> scaling;
    private final Function<Rated, String> collection;
    private final List<Chain> chains;
    private final List<int[]> parts = new ArrayList<>();
    private final List<Double> shares = new ArrayList<>();
    private LevelCalibration calibration = LevelCalibration.NONE;

    /**
     * @param scaling of the raw features, from the pictures that are learned from
     * @param names of the raw features
     * @param chains of clean photographs; looked at where the recipe has damage
     * @param collection of each rated picture
     */
    public ScoreFitting(
            ScoreRecipe recipe,
            Function<List<Example>, Scaling> scaling,
            List<String> names,
            List<Chain> chains,
            Function<Rated, String> collection) {
        this.recipe = recipe;
        this.scaling = scaling;
        this.chains = List.copyOf(chains);
        this.collection = collection;
        for (ScoreRecipe.Part part : recipe.kernel().parts()) {
            int[] columns = part.columns(names);
            if (columns.length > 0) {
                parts.add(columns);
                shares.add(part.share());
            }
        }
        if (parts.isEmpty()) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "the recipe's kernel finds no feature");
        }
    }

    private KernelMachine.Kernel kernel(ScoreHead.Form form, double gamma) {
        double whole = shares.stream().mapToDouble(Double::doubleValue).sum();
        double width = form == ScoreHead.Form.LAPLACE ? gamma : Math.sqrt(gamma);
        int[] columns = parts.stream().flatMapToInt(Arrays::stream).toArray();
        float[] factors = new float[columns.length];
        int at = 0;
        for (int p = 0; p < parts.size(); p++) {
            int count = parts.get(p).length;
            Arrays.fill(factors, at, at + count, (float) (width * Math.sqrt(shares.get(p) / whole / count)));
            at += count;
        }
        return new KernelMachine.Kernel(form, columns, factors);
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
        RatedRows rated = RatedRows.of(examples, fitted, collection);
        ScoreRecipe.Correction correction = recipe.correction();
        List<Pair> pairs = correction == null ? List.of() : pairs(correction, fitted, seed);
        KernelMachine.Fit machine = KernelMachine.fit(
                kernel(recipe.kernel().form(), recipe.kernel().gamma()),
                new KernelMachine.Penalties(recipe.ridge(), 0, recipe.offset(), 0),
                rated.full(),
                rated.told(),
                KernelMachine.Differences.NONE,
                KernelMachine.Pairs.NONE,
                correction == null ? KernelMachine.Asked.NOTHING : asked(rated, pairs));
        if (correction == null) {
            return new ScoreModel(fitted, machine.head());
        }
        ScoreHead second = correction(correction, rated, pairs, machine.asked(), fitted, seed);
        ScoreHead first = machine.head();
        return new ScoreModel(
                fitted,
                new ScoreHead(
                        Stream.concat(first.kernels().stream(), second.kernels().stream())
                                .toList(),
                        second.linears(),
                        Optional.empty(),
                        first.bias() + second.bias(),
                        1));
    }

    /** What the correction needs to know of the first machine: rated pictures, their sizes, better ones, worse ones. */
    private static KernelMachine.Asked asked(RatedRows rated, List<Pair> pairs) {
        List<float[]> rows = new ArrayList<>(rated.full());
        rows.addAll(rated.sizes());
        pairs.forEach(pair -> rows.add(pair.better()));
        pairs.forEach(pair -> rows.add(pair.worse()));
        int[] owner = new int[rows.size()];
        Arrays.fill(owner, -1);
        for (int i = 0; i < rated.full().size(); i++) {
            owner[i] = i;
        }
        System.arraycopy(rated.sizeOf(), 0, owner, rated.full().size(), rated.sizeOf().length);
        return new KernelMachine.Asked(rows, owner);
    }

    /** @param said what the first machine says of {@link #asked} */
    private ScoreHead correction(
            ScoreRecipe.Correction correction,
            RatedRows rated,
            List<Pair> pairs,
            double[] said,
            Scaling fitted,
            long seed) {
        int n = rated.full().size();
        int sizes = rated.sizeOf().length;
        List<float[]> rows = new ArrayList<>(rated.full());
        rows.addAll(rated.sizes());
        List<float[]> wholes = new ArrayList<>();
        double[] value = new double[n + sizes];
        double[] share = new double[n + sizes];
        int[] collections = new int[n + sizes];
        double[] differ = new double[sizes];
        for (int r = 0; r < n + sizes; r++) {
            int owner = r < n ? r : rated.sizeOf()[r - n];
            value[r] = rated.told().value()[owner] - said[r];
            share[r] = rated.told().share()[owner] * (r < n ? 1 : correction.sizes());
            collections[r] = rated.told().collection()[owner];
            if (r >= n) {
                wholes.add(rated.full().get(owner));
                differ[r - n] = said[owner] - said[r];
            }
        }
        double[] margin = new double[pairs.size()];
        for (int p = 0; p < margin.length; p++) {
            margin[p] = correction.margin() - (said[n + sizes + p] - said[n + sizes + margin.length + p]);
        }
        List<float[]> damaged = new ArrayList<>();
        chains.forEach(
                chain -> damaged.addAll(chain.rows().subList(1, chain.rows().size())));
        return KernelMachine.fit(
                        kernel(correction.form(), correction.gamma()),
                        new KernelMachine.Penalties(
                                correction.ridge(), correction.linearRidge(), recipe.offset(), correction.rounds()),
                        drawn(damaged, correction.centres(), seed).stream()
                                .map(fitted::apply)
                                .toList(),
                        new KernelMachine.Told(rows, value, share, collections),
                        new KernelMachine.Differences(rated.sizes(), wholes, differ, correction.consistency()),
                        new KernelMachine.Pairs(
                                pairs.stream().map(Pair::better).toList(),
                                pairs.stream().map(Pair::worse).toList(),
                                margin,
                                pairs.stream().mapToDouble(Pair::weight).toArray()),
                        KernelMachine.Asked.NOTHING)
                .head();
    }

    private record Pair(float[] better, float[] worse, double weight) {}

    /** Neighbours in each chain, and of long chains the clean picture and the middle; scaled. */
    private List<Pair> pairs(ScoreRecipe.Correction correction, Scaling fitted, long seed) {
        List<Pair> full = new ArrayList<>();
        List<Pair> reduced = new ArrayList<>();
        for (Chain chain : chains) {
            List<float[]> rows = chain.rows();
            List<Pair> pairs = chain.fullSize() ? full : reduced;
            double weight = correction.weight(chain.type());
            for (int i = 0; i + 1 < rows.size(); i++) {
                pairs.add(new Pair(rows.get(i), rows.get(i + 1), weight));
            }
            if (rows.size() > 3) {
                pairs.add(new Pair(rows.get(0), rows.get(2), weight));
            }
        }
        return Stream.concat(
                        drawn(full, correction.pairs(), seed).stream(),
                        drawn(reduced, correction.reducedPairs(), seed).stream())
                .map(pair -> new Pair(fitted.apply(pair.better()), fitted.apply(pair.worse()), pair.weight()))
                .toList();
    }

    private static <T> List<T> drawn(List<T> from, int most, long seed) {
        Collections.shuffle(from, new Random(seed));
        return from.subList(0, Math.min(from.size(), most));
    }
}
