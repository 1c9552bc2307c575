package org.loupe.training;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.decode.MediaSource;
import org.loupe.export.OneAlignPackages;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Rated;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.onealign.OneAlignLearner;
import org.loupe.training.onealign.OneAlignNetwork;
import org.loupe.training.plan.MachineSpeed;
import org.loupe.training.plan.OneAlignPlan;
import org.loupe.training.plan.TrainingPlan;

/** From settings and rated media to what training a OneAlign takes: memory of the largest pass, time of all of them. For one thread. */
final class OneAlignEstimate {
    private final OneAlignConfig config;
    private final List<TrainRequest.DataSet> sets;
    private final OneAlignSettings settings;
    private final LoopConfig loop;
    private final TrainingPlan.@Nullable Limit limit;

    /** @param limit memory to plan for; null for what is free where it will run */
    OneAlignEstimate(
            OneAlignConfig config,
            List<TrainRequest.DataSet> sets,
            OneAlignSettings settings,
            TrainingPlan.@Nullable Limit limit) {
        this.config = config;
        this.sets = sets;
        this.settings = settings;
        this.loop = settings.loop();
        this.limit = limit;
    }

    /** @return what it takes; measures for a second how fast this machine is */
    TrainingPlan plan() {
        OneAlignNetwork.setThreads(loop.threads());
        OneAlignLearner.Teaching teaching = settings.teaching();
        SortedMap<Integer, Double> itemsByFrames = itemsByFrames();
        OneAlignPlan.Setup setup = new OneAlignPlan.Setup(
                settings.compute(),
                settings.tuning(),
                settings.recompute(),
                teaching.rowsPerPass(),
                itemsByFrames.lastKey(),
                passes(loop.readAhead() + 1, teaching.rowsPerPass()));
        return OneAlignPlan.of(
                config,
                setup,
                itemsByFrames,
                loop.epochs(),
                MachineSpeed.measure(
                        teaching.rowsPerPass() * OneAlignPlan.pictureTokens(config),
                        settings.compute(),
                        settings.device()),
                limit());
    }

    /** Clips are read through, which takes some hundredth of a second each, but not decoded. */
    private SortedMap<Integer, Double> itemsByFrames() {
        ServedFrames served = new ServedFrames(Preprocessors.of(OneAlignPackages.input(config)));
        SortedMap<Integer, Double> items = new TreeMap<>();
        Map<Path, Integer> known = new HashMap<>();
        for (TrainRequest.DataSet set : sets) {
            for (Rated rated : set.train()) {
                int frames = known.computeIfAbsent(rated.file(), file -> frames(served, rated));
                items.merge(frames, set.weight(), Double::sum);
            }
        }
        return items;
    }

    private static int frames(ServedFrames served, Rated rated) {
        try {
            return served.count(MediaSource.of(rated.file()));
        } catch (ScoringException e) {
            throw rated.unreadable(e);
        }
    }

    private int passes(int batches, int rowsPerPass) {
        int rows = batches * loop.batch() / loop.accumulation();
        return (rows + rowsPerPass - 1) / rowsPerPass;
    }

    private TrainingPlan.Limit limit() {
        if (limit != null) {
            return limit;
        }
        if (!settings.device().startsWith("cpu")) {
            return new TrainingPlan.Limit(Long.MAX_VALUE, settings.device());
        }
        return TrainingPlan.Limit.here();
    }
}
