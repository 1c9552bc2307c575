package org.loupe.training.onealign;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.decode.MediaSource;
import org.loupe.evaluation.Agreement;
import org.loupe.export.ModelFamily;
import org.loupe.export.OneAlignPackages;
import org.loupe.export.OneAlignPrompts;
import org.loupe.export.PromptOrder;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.Level;
import org.loupe.score.Score;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.LevelIntervals;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.data.WeightedOrder;
import org.loupe.training.loop.Batch;
import org.loupe.training.loop.ParameterGroup;
import org.loupe.training.loop.Seeds;
import org.loupe.training.loop.Trainable;
import org.loupe.training.onealign.loss.AnswerLoss;
import org.loupe.training.onealign.loss.PairedLevels;
import org.loupe.training.onealign.loss.SoftLabel;
import org.loupe.training.onealign.loss.SoftLevels;
import org.loupe.training.onealign.text.Conversation;
import org.loupe.training.onealign.text.Dialogue;

/** OneAlign and rated media, as the training loop drives them. Owns neither network nor files. */
public final class OneAlignLearner implements Trainable<List<OneAlignLearner.Pass>> {
    private static final LevelIntervals FIVE_LEVELS = LevelIntervals.equidistant(5, 1, 5);
    // DeQA-Score's weights of order, answers and soft levels.
    private static final double RANK_WEIGHT = 1;
    private static final double NEXT_WEIGHT = 0.05;
    private static final double SOFT_WEIGHT = 1;

    private final TrainableOneAlign network;
    private final ServedFrames media;
    private final Teaching teaching;
    private final List<Rated> train;
    private final List<Rated> val;
    private final double[] weights;

    /**
     * @param objective what an answer is held against
     * @param dialogue how question and answer are put together
     * @param variedQuestions whether the question is drawn from the reference's nine or always the one that is asked when scoring
     * @param rowsPerPass rows that pass the network together at most
     * @param order how the answer is begun when it scores; what it learns from is always begun as in the paper
     */
    public record Teaching(
            Objective objective, Dialogue dialogue, boolean variedQuestions, int rowsPerPass, PromptOrder order) {}

    /** What an answer is held against. */
    public enum Objective {
        /** The level of the rating: the paper. */
        LEVELS,
        /** A soft label of rating and spread: DeQA-Score. */
        SOFT,
        /** Soft labels, and the order of pairs: DeQA-Score's released setting. */
        RANK
    }

    /**
     * Rows that go through the network together.
     *
     * @param share of the batch
     */
    public record Pass(TrainingBatch batch, AnswerLoss loss, double share) {}

    /**
     * @param weights how often an epoch looks at each of {@code train}, 1 for once; kept
     * @param val measured on, never learned from; may be empty
     */
    public OneAlignLearner(
            OneAlignConfig config,
            TrainableOneAlign network,
            Teaching teaching,
            List<Rated> train,
            double[] weights,
            List<Rated> val) {
        this.network = network;
        this.media = new ServedFrames(Preprocessors.of(OneAlignPackages.input(config)));
        this.teaching = teaching;
        this.train = List.copyOf(train);
        this.val = List.copyOf(val);
        this.weights = weights;
    }

    @Override
    public List<ParameterGroup> groups() {
        return List.of(ParameterGroup.of("trained", network.trained()));
    }

    @Override
    public int items() {
        return new WeightedOrder(weights, 0).epochDraws();
    }

    @Override
    public int[] order(int epoch, long seed) {
        return new WeightedOrder(weights, seed).epoch(epoch);
    }

    @Override
    public List<Pass> read(Batch batch) {
        SplittableRandom random = batch.random();
        Map<Integer, List<Row>> byFrames = new TreeMap<>();
        for (int item : batch.items()) {
            Rated rated = train.get(item);
            ServedFrames.Shown read = shown(rated);
            byFrames.computeIfAbsent(read.frames().size(), frames -> new ArrayList<>())
                    .add(new Row(rated, read, question(rated.task(), read.clip(), random)));
        }
        List<Pass> passes = new ArrayList<>();
        byFrames.forEach((frames, rows) -> {
            for (int from = 0; from < rows.size(); from += teaching.rowsPerPass()) {
                List<Row> some = rows.subList(from, Math.min(rows.size(), from + teaching.rowsPerPass()));
                passes.add(pass(some, frames, some.size() / (double) batch.items().length));
            }
        });
        return passes;
    }

    private record Row(Rated rated, ServedFrames.Shown shown, String question) {}

    private ServedFrames.Shown shown(Rated rated) {
        try {
            return media.of(MediaSource.of(rated.file()));
        } catch (ScoringException e) {
            throw rated.unreadable(e);
        }
    }

    /** @return {@code uint8[frame, side, side, 3]}, direct */
    private static ByteBuffer pixels(List<ServedFrames.Shown> shown) {
        int bytes = shown.stream()
                .flatMap(each -> each.frames().stream())
                .mapToInt(frame -> frame.rgb().length)
                .sum();
        ByteBuffer pixels = ByteBuffer.allocateDirect(bytes);
        shown.forEach(each -> each.frames().forEach(frame -> pixels.put(frame.rgb())));
        return pixels.flip();
    }

    private String question(Task task, boolean video, SplittableRandom random) {
        if (!teaching.variedQuestions()) {
            return Dialogue.plainQuestion(task, video);
        }
        List<String> all = Dialogue.questions(task, video);
        return all.get(random.nextInt(all.size()));
    }

    private Pass pass(List<Row> rows, int frames, double share) {
        List<Conversation> said = rows.stream()
                .map(row -> teaching.dialogue()
                        .about(
                                row.question(),
                                row.rated().task(),
                                row.shown().clip(),
                                level(row.rated().mos())))
                .toList();
        TrainingBatch batch =
                new TrainingBatch(pixels(rows.stream().map(Row::shown).toList()), frames, said);
        return new Pass(batch, loss(rows), share);
    }

    private static Level level(double mos) {
        return Level.ofRank(Level.values().length - 1 - FIVE_LEVELS.fromWorst(mos));
    }

    /** Pairs need two halves of one task: what does not come out even learns from its soft label alone. */
    private AnswerLoss loss(List<Row> rows) {
        if (teaching.objective() == Objective.LEVELS) {
            return AnswerLoss.CROSS_ENTROPY;
        }
        long[] levels = Arrays.stream(OneAlignPrompts.levelIds()).asLongStream().toArray();
        float[][] shares = rows.stream().map(row -> softLabel(row.rated())).toArray(float[][]::new);
        boolean pairs = teaching.objective() == Objective.RANK
                && rows.size() % 2 == 0
                && rows.stream().map(row -> row.rated().task()).distinct().count() == 1;
        if (!pairs) {
            return new SoftLevels(levels, shares, SOFT_WEIGHT);
        }
        float[] mos = new float[rows.size()];
        float[] std = new float[rows.size()];
        for (int i = 0; i < mos.length; i++) {
            mos[i] = (float) rows.get(i).rated().mos();
            std[i] = (float) rows.get(i).rated().std().orElse(0);
        }
        return new PairedLevels(
                levels, shares, SOFT_WEIGHT, mos, std, true, PairedLevels.Order.CHANCE, RANK_WEIGHT, NEXT_WEIGHT);
    }

    private static float[] softLabel(Rated rated) {
        double[] shares = SoftLabel.of(rated.mos(), rated.std().orElse(0), SoftLabel.Density.HEIGHT);
        float[] label = new float[shares.length];
        for (int i = 0; i < label.length; i++) {
            label[i] = (float) shares[i];
        }
        return label;
    }

    /** Gradients come from {@link #backward}: a network that computes its layers twice has no loss to differentiate. */
    @Override
    public Tensor loss(List<Pass> passes, Batch batch) {
        throw new UnsupportedOperationException("backward computes loss and gradients together");
    }

    @Override
    public double backward(List<Pass> passes, Batch batch, double share) {
        double loss = 0;
        for (int i = 0; i < passes.size(); i++) {
            Pass pass = passes.get(i);
            loss += pass.share()
                    * network.addGradients(pass.batch(), pass.loss(), share * pass.share(), Seeds.of(batch.seed(), i));
        }
        return loss;
    }

    @Override
    public Map<String, Double> evaluate() {
        return val.isEmpty() ? Map.of() : figures(val);
    }

    /** Agreement on some items; of two tasks the mean of both. */
    private Map<String, Double> figures(List<Rated> items) {
        Map<String, Double> figures = new TreeMap<>();
        Map<Task, List<Rated>> byTask = Ratings.byTask(items);
        byTask.forEach((task, rated) -> {
            double[] predicted =
                    rated.stream().mapToDouble(item -> score(item).mos()).toArray();
            double[] mos = rated.stream().mapToDouble(Rated::mos).toArray();
            figures.merge("srcc", Agreement.srcc(predicted, mos) / byTask.size(), Double::sum);
            figures.merge("plcc", Agreement.plcc(predicted, mos) / byTask.size(), Double::sum);
            figures.merge("rmse", Agreement.rmse(predicted, mos) / byTask.size(), Double::sum);
        });
        return figures;
    }

    /** @return what the network says now, asked as the server asks it */
    public Score score(Rated rated) {
        ServedFrames.Shown item = shown(rated);
        String id = rated.task().id() + (item.clip() ? ".video" : ".image");
        OneAlignPrompts.Prompt prompt = OneAlignPrompts.of(ModelFamily.ONE_ALIGN, teaching.order()).stream()
                .filter(each -> each.spec().id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no prompt " + id));
        float[] logits = network.network()
                .levelLogits(
                        pixels(List.of(item)),
                        1,
                        item.frames().size(),
                        new OneAlignNetwork.Prompt(prompt.before(), prompt.after(), OneAlignPrompts.levelIds()))[0];
        return Score.of(
                rated.task(),
                Arrays.stream(Level.values()).map(Level::id).toList(),
                Arrays.stream(Level.values())
                        .map(level -> (float) level.weight())
                        .toList(),
                logits);
    }
}
