package org.loupe.training.score;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.loupe.evaluation.Agreement;
import org.loupe.export.small.FeatureGraph;
import org.loupe.export.small.ScoreHead;
import org.loupe.export.small.SmallModel;
import org.loupe.export.small.SmallModelReader;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.preprocess.Preprocessors;
import org.loupe.training.data.FixedFolds;
import org.loupe.training.data.Folds;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.head.Example;
import org.loupe.training.head.FeatureReader;
import org.loupe.training.head.FitKeeper;
import org.loupe.training.head.HeadFitting;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.head.PictureFeatures;

/**
 * Does tuning to 200 ratings of one curator beat the untuned model on pictures of other themes? Curators are simulated from the vote
 * histograms of OASIS beauty: for each kind of subject one fixed quantile of the votes, plus a liking for one property of colour or
 * brightness. A curator is measured on one of the five fixed folds; the base it is tuned from is fitted, by the recipe of the bundled model, on
 * the crowd's means of the other four, so neither base nor tuning has seen a rating of a theme that is measured. A program, not a test; its
 * table stands in docs/loupe-small.md:
 *
 * <pre>
 * CuratorStudy OASIS-FOLDER WORK-FOLDER [MODEL]
 * </pre>
 *
 * Of the model only the convolutional network is taken, if it has one: that was taught without ratings.
 */
public final class CuratorStudy {
    private static final int CURATORS = 30;
    private static final int TUNED_ON = 200;
    private static final int FOLDS = 5;
    private static final String[] LIKINGS = {
        "colour_mean_saturation", "exposure_mean", "colour_mean_yb", "colour_mean_rg", "colourfulness", "exposure_sd"
    };

    private CuratorStudy() {}

    public static void main(String[] a) throws IOException {
        Path oasis = Path.of(a[0]);
        Map<String, int[]> votes = new HashMap<>();
        Map<String, String> kind = new HashMap<>();
        readVotes(oasis.resolve("votes.csv"), votes, kind);
        List<Rated> rated = Ratings.read(oasis.resolve("labels.csv"));
        try (ModelPackage base = ModelResolver.standard().open(a.length > 2 ? a[2] : "loupe-small")) {
            Optional<SmallModel.Network> network =
                    SmallModelReader.read(base.directory()).network();
            try (FeatureReader reader = FeatureReader.open(Path.of(a[1]), network)) {
                ServedFrames served =
                        new ServedFrames(Preprocessors.of(base.manifest().input()));
                PictureFeatures pictures = new PictureFeatures(reader, served, List.of());
                List<Example> examples =
                        rated.stream().map(item -> pictures.example(item, 1)).toList();
                study(bases(examples, network), examples, votes, kind);
            }
        }
    }

    /** @return for each fold a model that has seen no rating of its themes */
    private static List<ScoreModel> bases(List<Example> examples, Optional<SmallModel.Network> network)
            throws IOException {
        JsonNode recipe = new YAMLMapper()
                .readTree(Path.of("src/main/resources/recipes/loupe-small.yaml").toFile());
        ObjectMapper mapper = JsonMapper.builder()
                .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                .build();
        ScoreRecipe score = mapper.treeToValue(recipe.get("scores").get("aesthetics"), ScoreRecipe.class);
        HeadRecipe heads = mapper.treeToValue(recipe.get("aesthetics"), HeadRecipe.class);
        List<String> names = FeatureGraph.names(network);
        int[] foldOf = folds(examples);
        List<ScoreModel> bases = new ArrayList<>();
        for (int fold = 0; fold < FOLDS; fold++) {
            int held = fold;
            List<Example> learned = part(examples, i -> foldOf[i] != held);
            HeadFitting levels = new HeadFitting(
                    heads,
                    names,
                    List.of(),
                    List.of(),
                    Rated::name,
                    FeatureGraph.names().size(),
                    FitKeeper.none());
            ScoreFitting fitting = new ScoreFitting(score, levels::scaling, names, List.of(), item -> "");
            int[] inner = Folds.assign(learned.stream().map(Example::rated).toList(), Folds::theme, FOLDS, 1);
            fitting.crossValidate("calibration", learned, inner, 1, () -> {});
            bases.add(fitting.fit("base", learned, List.of(), 1, () -> {}));
        }
        return bases;
    }

    private static int[] folds(List<Example> examples) {
        return FixedFolds.read(List.of("oasis-beauty"))
                .of(examples.stream().map(Example::rated).toList(), FOLDS)
                .orElseThrow();
    }

    private static void study(
            List<ScoreModel> bases, List<Example> examples, Map<String, int[]> votes, Map<String, String> kind) {
        List<Rated> rated = examples.stream().map(Example::rated).toList();
        int[] foldOf = folds(examples);
        double[] before = new double[CURATORS];
        double[] after = new double[CURATORS];
        double[] errorBefore = new double[CURATORS];
        double[] errorAfter = new double[CURATORS];
        System.out.println(
                "| curator | likes | untuned SRCC | tuned SRCC | untuned RMSE | tuned RMSE |\n|---|---|---|---|---|---|");
        for (int c = 0; c < CURATORS; c++) {
            Random random = new Random(1000 + c);
            int held = c % FOLDS;
            ScoreHead base = bases.get(held).head();
            Map<Rated, float[]> inputs = new HashMap<>();
            examples.forEach(e -> inputs.put(
                    e.rated(), bases.get(held).scaling().apply(e.rows().get(0))));
            int[] all = IntStream.range(0, known(inputs, rated.get(0)).length).toArray();
            String liking = LIKINGS[random.nextInt(LIKINGS.length)];
            double sign = random.nextBoolean() ? 1 : -1;
            Map<String, Double> quantiles = new TreeMap<>();
            new TreeMap<>(kind)
                    .values()
                    .forEach(k -> quantiles.computeIfAbsent(k, x -> 0.15 + 0.7 * random.nextDouble()));
            int column = FeatureGraph.names().indexOf(liking);
            Map<Rated, Double> rating = new HashMap<>();
            for (Rated e : rated) {
                String name = e.name();
                double steps = quantile(known(votes, name), known(quantiles, known(kind, name)))
                        + sign * 0.6 * known(inputs, e)[column];
                rating.put(e, 1 + 4 * Math.min(6, Math.max(0, steps - 1)) / 6);
            }
            List<Rated> learned = new ArrayList<>(part(rated, i -> foldOf[i] != held));
            Collections.shuffle(learned, random);
            List<TasteTuner.Rating> ratings = learned.subList(0, TUNED_ON).stream()
                    .map(e -> new TasteTuner.Rating(known(inputs, e), known(rating, e), Folds.theme(e)))
                    .toList();
            ScoreHead tuned = TasteTuner.tune(base, all, ratings).head();
            List<Rated> unseen = part(rated, i -> foldOf[i] == held);
            double[] wanted = unseen.stream().mapToDouble(e -> known(rating, e)).toArray();
            Agreement was = Agreement.of(scores(base, inputs, unseen), wanted);
            Agreement is = Agreement.of(scores(tuned, inputs, unseen), wanted);
            before[c] = was.srcc();
            after[c] = is.srcc();
            errorBefore[c] = was.rmse();
            errorAfter[c] = is.rmse();
            System.out.printf(
                    Locale.ROOT,
                    "| %d | %s%s | %.3f | %.3f | %.3f | %.3f |%n",
                    c + 1,
                    sign > 0 ? "more " : "less ",
                    liking,
                    was.srcc(),
                    is.srcc(),
                    was.rmse(),
                    is.rmse());
        }
        paired("SRCC", before, after);
        paired("RMSE", errorBefore, errorAfter);
    }

    private static <K, V> V known(Map<K, V> map, K key) {
        return Objects.requireNonNull(map.get(key), () -> "nothing is known of " + key);
    }

    private static double[] scores(ScoreHead head, Map<Rated, float[]> inputs, List<Rated> rated) {
        return rated.stream()
                .mapToDouble(e -> ScoreHead.score(head.u(known(inputs, e)), head.spread()))
                .toArray();
    }

    private static void paired(String what, double[] before, double[] after) {
        int n = before.length;
        double[] gain = new double[n];
        int better = 0;
        for (int i = 0; i < n; i++) {
            gain[i] = after[i] - before[i];
            better += gain[i] > 0 ? 1 : 0;
        }
        double mean = Arrays.stream(gain).average().orElseThrow();
        double sd =
                Math.sqrt(Arrays.stream(gain).map(g -> (g - mean) * (g - mean)).sum() / (n - 1));
        System.out.printf(
                Locale.ROOT,
                "%s: untuned %.3f, tuned %.3f, mean gain %+.3f (t = %.1f, %d degrees of freedom), higher for %d of %d%n",
                what,
                Arrays.stream(before).average().orElseThrow(),
                Arrays.stream(after).average().orElseThrow(),
                mean,
                mean / (sd / Math.sqrt(n)),
                n - 1,
                better,
                n);
    }

    /** A vote counts as spread evenly over its bin. */
    private static double quantile(int[] bins, double q) {
        double wanted = q * Arrays.stream(bins).sum();
        double seen = 0;
        for (int b = 0; b < bins.length; b++) {
            if (seen + bins[b] >= wanted) {
                return b + 0.5 + (wanted - seen) / Math.max(1, bins[b]);
            }
            seen += bins[b];
        }
        return bins.length;
    }

    private static <T> List<T> part(List<T> all, IntPredicate wanted) {
        return IntStream.range(0, all.size()).filter(wanted).mapToObj(all::get).toList();
    }

    private static void readVotes(Path csv, Map<String, int[]> votes, Map<String, String> kind) throws IOException {
        List<String> lines = Files.readAllLines(csv);
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",");
            kind.put(cells[0], cells[2]);
            votes.put(
                    cells[0],
                    Arrays.stream(cells, 4, 11).mapToInt(Integer::parseInt).toArray());
        }
    }
}
