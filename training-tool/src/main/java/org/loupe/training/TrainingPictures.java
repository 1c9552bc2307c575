package org.loupe.training;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.export.small.SmallGraph;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.Rated;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.head.Chain;
import org.loupe.training.head.Example;
import org.loupe.training.head.FeatureReader;
import org.loupe.training.head.Fitted;
import org.loupe.training.head.PictureFeatures;

/** The pictures of a run, read by several threads: rated ones, clean ones with their damaged copies, and those kept to check the order. */
final class TrainingPictures {
    private static final int[] CHECKED_LEVELS = {1, 3, 5};

    private final TrainRequest request;
    private final Recipe recipe;
    private final ProgressBar bar;
    private final PictureFeatures pictures;

    /** @param reader stays the caller's */
    TrainingPictures(TrainRequest request, ProgressBar bar, FeatureReader reader) {
        this.request = request;
        this.recipe = request.recipe().recipe();
        this.bar = bar;
        this.pictures = new PictureFeatures(
                reader, new ServedFrames(Preprocessors.of(SmallGraph.input())), recipe.reductions());
    }

    /** @return every rated picture that is learned from or measured on during training */
    Map<Rated, Example> examples() {
        Map<Rated, Double> weights = new LinkedHashMap<>();
        request.sets().forEach(set -> Stream.of(set.train(), set.val())
                .flatMap(List::stream)
                .forEach(rated -> weights.put(rated, set.weight())));
        List<Rated> all = List.copyOf(weights.keySet());
        Map<Rated, Example> examples = new ConcurrentHashMap<>();
        inParallel("Reading rated pictures", all, rated -> {
            examples.put(rated, pictures.example(rated, weights.getOrDefault(rated, 1.0)));
        });
        return examples;
    }

    /** @return of each clean photograph the chains of it and its damaged copies, best first */
    List<List<Chain>> chains() {
        List<Path> clean = CleanPhotographs.learned(request);
        Map<Path, List<Chain>> chains = new ConcurrentHashMap<>();
        inParallel("Damaging clean photographs", clean, file -> {
            chains.put(file, pictures.chains(file, recipe.damage().types(), recipe.seed()));
        });
        return clean.stream().map(file -> chains.getOrDefault(file, List.of())).toList();
    }

    /**
     * Counts how often damage lowers the score of photographs kept out of training.
     *
     * @param quality null where quality is not trained
     * @param findings receives the counts
     */
    void checkOrder(@Nullable Fitted quality, Findings findings) {
        List<Path> heldOut = CleanPhotographs.heldOut(request);
        if (quality == null || heldOut.isEmpty()) {
            return;
        }
        Map<Path, Map<Distortion, double[]>> scores = new ConcurrentHashMap<>();
        inParallel("Checking the order of damage", heldOut, file -> {
            Map<Distortion, double[]> ofFile = new EnumMap<>(Distortion.class);
            for (Distortion type : recipe.damage().types()) {
                ofFile.put(
                        type,
                        pictures.fullSizeChain(file, type, recipe.seed(), CHECKED_LEVELS).stream()
                                .mapToDouble(quality::score)
                                .toArray());
            }
            scores.put(file, ofFile);
        });
        for (Distortion type : recipe.damage().types()) {
            double right = 0;
            double strongest = 0;
            for (Map<Distortion, double[]> ofFile : scores.values()) {
                double[] s = ofFile.getOrDefault(type, new double[4]); // clean, then levels 1, 3, 5
                right += ordered(s);
                strongest += s[0] > s[3] ? 1 : 0;
            }
            findings.orders.put(type, new Findings.Order(right / (4 * scores.size()), strongest / scores.size()));
        }
        findings.orderOfPictures = heldOut.stream()
                .map(file -> scores.getOrDefault(file, Map.of()))
                .mapToDouble(ofFile -> ofFile.values().stream()
                        .mapToInt(TrainingPictures::ordered)
                        .average()
                        .orElse(0))
                .map(right -> right / 4)
                .toArray();
    }

    /** @return how many of the pairs clean > 3, clean > 1, 1 > 3, 3 > 5 */
    private static int ordered(double[] s) {
        return (s[0] > s[2] ? 1 : 0) + (s[0] > s[1] ? 1 : 0) + (s[1] > s[2] ? 1 : 0) + (s[2] > s[3] ? 1 : 0);
    }

    private <T> void inParallel(String step, List<T> items, Consumer<T> work) {
        ExecutorService executor = Executors.newFixedThreadPool(recipe.threads());
        try {
            AtomicInteger done = new AtomicInteger();
            List<Future<?>> futures = new ArrayList<>();
            bar.at(step, 0, items.size());
            for (T item : items) {
                futures.add(executor.submit(() -> {
                    work.accept(item);
                    bar.at(step, done.incrementAndGet(), items.size());
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ScoringException known) {
                throw known;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ScoringException(ErrorReason.CANCELLED, "training was interrupted", e);
        } finally {
            executor.shutdownNow();
        }
    }
}
