package org.loupe.training.score;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.loupe.export.small.ScoreHead;
import org.loupe.export.small.SmallModel;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.head.Example;
import org.loupe.training.head.HeadData;
import org.loupe.training.head.HeadFitting;
import org.loupe.training.head.TaskFitting;

/**
 * Fits the score head of one task in two steps. A kernel machine tells ratings from features, better than networks of this size do, but what
 * it says of a picture damaged as no rated one is says little. Level heads therefore correct it: they learn what damaged copies must lose, and what
 * the machine misses on rated pictures it has not seen (each is left out in turn), while a restraint keeps real photographs near the
 * machine's answer. Levels are calibrated on what cross-validation says, so cross-validate before fitting. For one thread.
 */
public final class ScoreFitting implements TaskFitting {
    /** Levels that a correction may move a score by for each level of its heads: from 3 down to 1 takes 4.5 to 1.5. */
    private static final double REACH = 1.5;

    /** Every fourth clean photograph is the heads', as they correct what the machine says of photographs it does not know. */
    private static final int HEADS_TURN = 4;

    private final ScoreRecipe recipe;
    private final HeadFitting heads;
    private final List<KernelMachine.Kernel> kernels;
    private final List<List<float[]>> machineChains = new ArrayList<>();
    private final List<List<float[]>> headChains = new ArrayList<>();
    private LevelCalibration calibration = LevelCalibration.NONE;

    /**
     * @param heads fit corrections, and the scaling
     * @param names of the raw features
     * @param photographs chains of each clean photograph: raw features of pictures that get worse from first to last. Where the machine learns
     *     from damage, it and the heads take turns, as heads can only correct what the machine says of chains it does not know
     */
    public ScoreFitting(
            ScoreRecipe recipe, HeadFitting heads, List<String> names, List<List<List<float[]>>> photographs) {
        this.recipe = recipe;
        this.heads = heads;
        for (int i = 0; i < photographs.size(); i++) {
            boolean machine = recipe.damage() != null && i % HEADS_TURN > 0;
            (machine ? machineChains : headChains).addAll(photographs.get(i));
        }
        this.kernels = new ArrayList<>();
        for (ScoreRecipe.Part part : recipe.kernels()) {
            Pattern wanted = Pattern.compile(part.features());
            int[] columns = IntStream.range(0, names.size())
                    .filter(i -> wanted.matcher(names.get(i)).find())
                    .toArray();
            if (columns.length > 0) {
                kernels.add(new KernelMachine.Kernel(columns, part.gamma() / columns.length, part.weight()));
            }
        }
        if (kernels.isEmpty()) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "no kernel of the recipe finds a feature");
        }
    }

    @Override
    public ScoreModel fit(String name, List<Example> examples, List<Example> held, long seed, Runnable afterEpoch) {
        ScoreModel fitted = uncalibrated(name, examples, held, seed, afterEpoch);
        return new ScoreModel(fitted.scaling(), calibration.applied(fitted.head()));
    }

    @Override
    public List<Held> crossValidate(String name, List<Example> examples, int[] foldOf, long seed, Runnable afterEpoch) {
        int folds = Arrays.stream(foldOf).max().orElse(0) + 1;
        double[][] u = new double[examples.size()][];
        for (int fold = 0; fold < folds; fold++) {
            List<Example> training = new ArrayList<>();
            List<Example> held = new ArrayList<>();
            for (int i = 0; i < foldOf.length; i++) {
                (foldOf[i] == fold ? held : training).add(examples.get(i));
            }
            ScoreModel model =
                    uncalibrated(name + "/fold-" + (fold + 1), training, held, seed + 1000L * (fold + 1), afterEpoch);
            for (int i = 0; i < foldOf.length; i++) {
                if (foldOf[i] == fold) {
                    u[i] = model.us(examples.get(i));
                }
            }
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

    private ScoreModel uncalibrated(
            String name, List<Example> examples, List<Example> held, long seed, Runnable afterEpoch) {
        Scaling scaling = heads.scaling(examples);
        @Nullable Double restraint = recipe.restraint();
        boolean corrected = restraint != null;
        List<float[]> asked = new ArrayList<>();
        List<Integer> owners = new ArrayList<>();
        if (corrected) {
            for (int i = 0; i < examples.size(); i++) {
                for (float[] raw : examples.get(i).rows()) {
                    asked.add(scaling.apply(raw));
                    owners.add(i);
                }
            }
            headChains.forEach(chain -> chain.forEach(raw -> add(asked, owners, scaling.apply(raw))));
        }
        int learned = asked.size();
        if (corrected) {
            held.forEach(example -> example.rows()
                    .subList(0, example.clip() ? example.rows().size() : 1)
                    .forEach(raw -> add(asked, owners, scaling.apply(raw))));
        }
        KernelMachine.Fit machine = KernelMachine.fit(
                kernels,
                penalties(),
                rated(examples, scaling),
                damaged(scaling, seed),
                new KernelMachine.Asked(
                        asked, owners.stream().mapToInt(Integer::intValue).toArray()));
        if (restraint == null) {
            afterEpoch.run();
            return new ScoreModel(scaling, machine.head());
        }
        HeadData.Base base = new HeadData.Base(
                Arrays.copyOf(machine.asked(), learned),
                Arrays.copyOfRange(machine.asked(), learned, machine.asked().length),
                REACH,
                restraint);
        List<SmallModel.Head> members =
                heads.corrections(name, examples, held, scaling, headChains, base, seed, afterEpoch);
        ScoreHead alone = machine.head();
        return new ScoreModel(
                scaling,
                new ScoreHead(
                        alone.kernels(),
                        alone.linears(),
                        Optional.of(new ScoreHead.Committee(members, (float) REACH)),
                        (float) (alone.bias() - REACH * (SmallModel.LEVELS + 1) / 2),
                        1));
    }

    private KernelMachine.Penalties penalties() {
        @Nullable Double linearRidge = recipe.linearRidge();
        double linear = linearRidge == null ? 0 : linearRidge;
        ScoreRecipe.Damage damage = recipe.damage();
        return damage == null
                ? new KernelMachine.Penalties(recipe.ridge(), linear, 0, 0, 0)
                : new KernelMachine.Penalties(
                        recipe.ridge(), linear, damage.margin(), damage.weight(), damage.rounds());
    }

    /** Neighbours in each chain, and of long chains the clean picture and the middle. */
    private KernelMachine.Damaged damaged(Scaling scaling, long seed) {
        ScoreRecipe.Damage damage = recipe.damage();
        if (damage == null) {
            return KernelMachine.Damaged.NONE;
        }
        List<float[][]> pairs = new ArrayList<>();
        List<float[]> damaged = new ArrayList<>();
        for (List<float[]> chain : machineChains) {
            for (int i = 0; i + 1 < chain.size(); i++) {
                pairs.add(new float[][] {chain.get(i), chain.get(i + 1)});
                damaged.add(chain.get(i + 1));
            }
            if (chain.size() > 3) {
                pairs.add(new float[][] {chain.get(0), chain.get(2)});
            }
        }
        Collections.shuffle(pairs, new Random(seed));
        Collections.shuffle(damaged, new Random(seed));
        List<float[][]> chosen = pairs.subList(0, Math.min(pairs.size(), damage.pairs()));
        return new KernelMachine.Damaged(
                damaged.subList(0, Math.min(damaged.size(), damage.centres())).stream()
                        .map(scaling::apply)
                        .toList(),
                chosen.stream().map(pair -> scaling.apply(pair[0])).toList(),
                chosen.stream().map(pair -> scaling.apply(pair[1])).toList());
    }

    private static void add(List<float[]> asked, List<Integer> owners, float[] row) {
        asked.add(row);
        owners.add(-1);
    }

    /** A still is learned at full size, a clip as the mean of what its frames show. */
    private static KernelMachine.Rated rated(List<Example> examples, Scaling scaling) {
        float[][] inputs = new float[examples.size()][];
        for (int i = 0; i < inputs.length; i++) {
            Example example = examples.get(i);
            inputs[i] = scaling.apply(example.rows().get(0));
            int frames = example.clip() ? example.rows().size() : 1;
            for (int f = 1; f < frames; f++) {
                float[] frame = scaling.apply(example.rows().get(f));
                for (int c = 0; c < frame.length; c++) {
                    inputs[i][c] += (frame[c] - inputs[i][c]) / (f + 1);
                }
            }
        }
        return new KernelMachine.Rated(
                inputs,
                examples.stream().mapToDouble(e -> e.rated().mos()).toArray(),
                examples.stream().mapToDouble(Example::weight).toArray());
    }
}
