package org.loupe.training.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.evaluation.Evaluator;
import org.loupe.export.small.SmallGraph;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.data.SplitsCsv;
import org.loupe.training.head.FeatureReader;
import org.loupe.training.head.PictureFeatures;

/** Reads rated pictures and, where they are asked for, their features, each picture once for all experiments that share a directory. */
final class SetReader {
    private final Map<String, Path> splits;
    private final List<String> parts;
    private final ProgressBar bar;

    /**
     * @param splits {@code file,split} of sets that are divided, by the set's name
     * @param parts of divided sets that are taken; empty takes all
     */
    SetReader(Map<String, Path> splits, List<String> parts, ProgressBar bar) {
        this.splits = splits;
        this.parts = parts;
        this.bar = bar;
    }

    /**
     * @return the ratings by name of the set and task; a set that holds both tasks comes twice
     * @throws ScoringException INVALID_REQUEST if there are none, or a part or divided set is named that there is not
     */
    List<RatedSet> ratings(Map<String, Path> data, Ratings.Hints hints) {
        List<RatedSet> sets = new ArrayList<>();
        Set<String> unknown = new TreeSet<>(parts);
        Set<String> known = new TreeSet<>();
        data.forEach((name, labels) -> {
            List<Rated> items = Ratings.read(labels, hints);
            Path division = splits.get(name);
            if (division != null && !parts.isEmpty()) {
                SplitsCsv read = SplitsCsv.read(division);
                unknown.removeIf(read::has);
                known.addAll(read.splits());
                List<Rated> all = items;
                items = parts.stream()
                        .filter(read::has)
                        .flatMap(part -> read.select(all, part).stream())
                        .toList();
            }
            Ratings.byTask(items).forEach((task, own) -> sets.add(new RatedSet(name, task, own, List.of())));
        });
        if (!unknown.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "there is no part " + String.join(", ", unknown)
                            + (known.isEmpty()
                                    ? ": --parts needs sets divided by --splits NAME=CSV"
                                    : "; the sets are divided into " + String.join(", ", known)));
        }
        if (sets.isEmpty()) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "there are no ratings to experiment with");
        }
        return sets;
    }

    /**
     * @param network whose outputs follow the statistics, if any
     * @return the same sets with features, kept in {@code cache} under the digests of pictures and of the graph that computes them
     */
    List<RatedSet> withFeatures(List<RatedSet> sets, Path cache, Optional<Network> network) {
        ServedFrames served = new ServedFrames(Preprocessors.of(SmallGraph.input()));
        try (FeatureReader reader = FeatureReader.open(cache, network)) {
            PictureFeatures pictures = new PictureFeatures(reader, served, List.of());
            return sets.stream().map(set -> withFeatures(set, pictures)).toList();
        }
    }

    private RatedSet withFeatures(RatedSet set, PictureFeatures pictures) {
        AtomicInteger done = new AtomicInteger();
        String step = "Looking at " + set.name();
        bar.at(step, 0, set.size());
        float[][] rows = new float[set.size()][];
        IntStream.range(0, set.size()).parallel().forEach(i -> {
            rows[i] = mean(pictures.example(set.items().get(i), 1).rows());
            bar.at(step, done.incrementAndGet(), set.size());
        });
        return new RatedSet(set.name(), set.task(), set.items(), List.of(rows));
    }

    /** A still has one row, a clip one a frame. */
    private static float[] mean(List<float[]> rows) {
        float[] mean = new float[rows.get(0).length];
        for (float[] row : rows) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += row[i] / rows.size();
            }
        }
        return mean;
    }

    /** @return each collection of each set as a set of its own; sets in which none is found stay whole */
    static List<RatedSet> byCollection(List<RatedSet> sets, @Nullable Pattern group) {
        if (group == null) {
            return sets;
        }
        Evaluator evaluator = new Evaluator(group);
        List<RatedSet> divided = new ArrayList<>();
        for (RatedSet set : sets) {
            Map<String, List<Integer>> members = new LinkedHashMap<>();
            for (int i = 0; i < set.size(); i++) {
                String collection = evaluator.collection(set.items().get(i));
                members.computeIfAbsent(
                                collection.isEmpty() ? set.name() : set.name() + " " + collection,
                                g -> new ArrayList<>())
                        .add(i);
            }
            members.forEach((name, own) -> divided.add(new RatedSet(
                    name,
                    set.task(),
                    own.stream().map(set.items()::get).toList(),
                    own.stream().map(set.features()::get).toList())));
        }
        return divided;
    }

    /** @return the other sets that hold another task */
    static List<RatedSet> ofOtherTasks(List<RatedSet> sets, Task task) {
        return sets.stream().filter(set -> set.task() != task).toList();
    }
}
