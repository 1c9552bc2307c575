package org.loupe.client;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.loupe.proto.v1.Interval;
import org.loupe.proto.v1.LevelProbability;
import org.loupe.proto.v1.Model;
import org.loupe.proto.v1.ModelAccuracy;
import org.loupe.proto.v1.ModelLevel;
import org.loupe.proto.v1.TaskScore;
import org.loupe.score.AdapterRef;
import org.loupe.score.ErrorReason;
import org.loupe.score.Level;
import org.loupe.score.LevelProbabilities;
import org.loupe.score.ModelRef;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/** The one translation between {@code loupe.v1} messages and the vocabulary, for client and server. Values only, no I/O. */
public final class WireMessages {
    private WireMessages() {}

    public static org.loupe.proto.v1.ScoredMedia toWire(ScoredMedia media) {
        org.loupe.proto.v1.ScoredMedia.Builder wire = org.loupe.proto.v1.ScoredMedia.newBuilder()
                .setMediaType(media.mediaType())
                .setModel(toWire(media.model()))
                .setFrames(media.frames())
                .setSha256(media.sha256());
        media.adapter().ifPresent(adapter -> wire.setAdapter(toWire(adapter)));
        media.scores().values().forEach(score -> wire.addScores(toWire(score)));
        media.timeline().ifPresent(timeline -> wire.setTimeline(WireTimeline.toWire(timeline)));
        return wire.build();
    }

    /** @throws ScoringException INTERNAL if the answer breaks the contract */
    public static ScoredMedia fromWire(org.loupe.proto.v1.ScoredMedia wire) {
        try {
            Map<Task, Score> scores = new EnumMap<>(Task.class);
            for (TaskScore score : wire.getScoresList()) {
                Score translated = fromWire(score);
                scores.put(translated.task(), translated);
            }
            if (scores.isEmpty()) {
                throw new IllegalArgumentException("no scores in it");
            }
            return new ScoredMedia(
                    wire.getMediaType(),
                    fromWire(wire.getModel()),
                    wire.hasAdapter() ? Optional.of(fromWire(wire.getAdapter())) : Optional.empty(),
                    wire.getFrames(),
                    wire.getSha256(),
                    scores,
                    wire.hasTimeline() ? Optional.of(WireTimeline.fromWire(wire.getTimeline())) : Optional.empty());
        } catch (IllegalArgumentException e) {
            throw new ScoringException(
                    ErrorReason.INTERNAL, "the server's answer breaks the contract: " + e.getMessage(), e);
        }
    }

    public static org.loupe.proto.v1.ModelRef toWire(ModelRef model) {
        return org.loupe.proto.v1.ModelRef.newBuilder()
                .setName(model.name())
                .setVersion(model.version())
                .setDigest(model.digest())
                .build();
    }

    public static ModelRef fromWire(org.loupe.proto.v1.ModelRef wire) {
        return new ModelRef(wire.getName(), wire.getVersion(), wire.getDigest());
    }

    public static org.loupe.proto.v1.AdapterRef toWire(AdapterRef adapter) {
        return org.loupe.proto.v1.AdapterRef.newBuilder()
                .setName(adapter.name())
                .setVersion(adapter.version())
                .setDigest(adapter.digest())
                .build();
    }

    public static AdapterRef fromWire(org.loupe.proto.v1.AdapterRef wire) {
        return new AdapterRef(wire.getName(), wire.getVersion(), wire.getDigest());
    }

    public static org.loupe.proto.v1.Task toWire(Task task) {
        return switch (task) {
            case QUALITY -> org.loupe.proto.v1.Task.TASK_QUALITY;
            case AESTHETICS -> org.loupe.proto.v1.Task.TASK_AESTHETICS;
        };
    }

    /**
     * @return the tasks asked; empty means every task the model has
     * @throws ScoringException INVALID_REQUEST for a task this version does not know, TASK_UNSPECIFIED included
     */
    public static Set<Task> tasks(List<org.loupe.proto.v1.Task> wire) {
        Set<Task> tasks = EnumSet.noneOf(Task.class);
        for (org.loupe.proto.v1.Task task : wire) {
            tasks.add(
                    switch (task) {
                        case TASK_QUALITY -> Task.QUALITY;
                        case TASK_AESTHETICS -> Task.AESTHETICS;
                        case TASK_UNSPECIFIED, UNRECOGNIZED ->
                            throw new ScoringException(
                                    ErrorReason.INVALID_REQUEST,
                                    "unknown task in the request; leave the list empty to ask for every task");
                    });
        }
        return tasks;
    }

    /** @throws ScoringException INVALID_REQUEST as {@link #tasks}, for an unknown orientation or an impossible length of segments */
    public static ScoreOptions fromWire(org.loupe.proto.v1.ScoreOptions wire, String requestId) {
        ScoreOptions.Orientation orientation =
                switch (wire.getOrientation()) {
                    case ORIENTATION_UNSPECIFIED, ORIENTATION_APPLY -> ScoreOptions.Orientation.APPLY;
                    case ORIENTATION_IGNORE -> ScoreOptions.Orientation.IGNORE;
                    case UNRECOGNIZED ->
                        throw new ScoringException(
                                ErrorReason.INVALID_REQUEST, "unknown orientation " + wire.getOrientationValue());
                };
        return new ScoreOptions(
                tasks(wire.getTasksList()),
                wire.getModel(),
                wire.getAdapter(),
                orientation,
                wire.getTimeline() ? segmentSeconds(wire.getSegmentSeconds()) : 0,
                requestId.isEmpty() ? Optional.empty() : Optional.of(requestId));
    }

    private static int segmentSeconds(int wire) {
        if (wire < 0 || wire > ScoreOptions.MAX_SEGMENT_SECONDS) { // unsigned, so the largest look negative
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "segment_seconds must be 1.." + ScoreOptions.MAX_SEGMENT_SECONDS + ", was "
                            + Integer.toUnsignedString(wire));
        }
        return wire == 0 ? ScoreOptions.DEFAULT_SEGMENT_SECONDS : wire;
    }

    static org.loupe.proto.v1.ScoreOptions toWire(ScoreOptions options, Optional<String> fileName) {
        org.loupe.proto.v1.ScoreOptions.Builder wire = org.loupe.proto.v1.ScoreOptions.newBuilder()
                .setModel(options.model())
                .setAdapter(options.adapter())
                .setFileNameHint(fileName.orElse(""))
                .setOrientation(
                        switch (options.orientation()) {
                            case APPLY -> org.loupe.proto.v1.Orientation.ORIENTATION_APPLY;
                            case IGNORE -> org.loupe.proto.v1.Orientation.ORIENTATION_IGNORE;
                        });
        options.tasks().forEach(task -> wire.addTasks(toWire(task)));
        if (options.segmentSeconds() > 0) {
            wire.setTimeline(true).setSegmentSeconds(options.segmentSeconds());
        }
        return wire.build();
    }

    public static Model toWire(ModelInfo model) {
        Model.Builder wire = Model.newBuilder()
                .setRef(toWire(model.ref()))
                .setDefaultModel(model.isDefault())
                .setPrecision(model.precision())
                .setLicence(model.licence())
                .setCommercialUse(model.commercialUse())
                .setMaxFrames(model.maxFrames())
                .setState(
                        switch (model.state()) {
                            case LOADING -> org.loupe.proto.v1.ModelState.MODEL_STATE_LOADING;
                            case READY -> org.loupe.proto.v1.ModelState.MODEL_STATE_READY;
                            case DRAINING -> org.loupe.proto.v1.ModelState.MODEL_STATE_DRAINING;
                        })
                .addAllAliases(model.aliases());
        model.adapters().forEach(adapter -> wire.addAdapters(toWire(adapter)));
        model.imageTasks().stream().sorted().forEach(task -> wire.addImageTasks(toWire(task)));
        model.videoTasks().stream().sorted().forEach(task -> wire.addVideoTasks(toWire(task)));
        for (int i = 0; i < model.levelNames().size(); i++) {
            wire.addLevels(ModelLevel.newBuilder()
                    .setName(model.levelNames().get(i))
                    .setWeight(model.levelWeights().get(i)));
        }
        for (ModelInfo.Accuracy accuracy : model.accuracy()) {
            ModelAccuracy.Builder one = wire.addAccuracyBuilder()
                    .setDataSet(accuracy.dataSet())
                    .setTask(toWire(accuracy.task()))
                    .setN(accuracy.n())
                    .setSrcc(accuracy.srcc())
                    .setPlcc(accuracy.plcc());
            accuracy.srccInterval().ifPresent(interval -> one.setSrccInterval(toWire(interval)));
            accuracy.plccInterval().ifPresent(interval -> one.setPlccInterval(toWire(interval)));
        }
        return wire.build();
    }

    /** Tasks of a newer server that this version does not know are left out. */
    public static ModelInfo fromWire(Model wire) {
        List<ModelInfo.Accuracy> accuracy = new ArrayList<>();
        for (ModelAccuracy one : wire.getAccuracyList()) {
            knownTasks(List.of(one.getTask()))
                    .forEach(task -> accuracy.add(new ModelInfo.Accuracy(
                            one.getDataSet(),
                            task,
                            one.getN(),
                            one.getSrcc(),
                            one.getPlcc(),
                            one.hasSrccInterval() ? Optional.of(fromWire(one.getSrccInterval())) : Optional.empty(),
                            one.hasPlccInterval() ? Optional.of(fromWire(one.getPlccInterval())) : Optional.empty())));
        }
        return new ModelInfo(
                fromWire(wire.getRef()),
                wire.getDefaultModel(),
                wire.getPrecision(),
                wire.getLicence(),
                wire.getCommercialUse(),
                knownTasks(wire.getImageTasksList()),
                knownTasks(wire.getVideoTasksList()),
                wire.getLevelsList().stream().map(ModelLevel::getName).toList(),
                wire.getLevelsList().stream().map(ModelLevel::getWeight).toList(),
                wire.getMaxFrames(),
                accuracy,
                state(wire.getState()),
                wire.getAliasesList(),
                wire.getAdaptersList().stream().map(WireMessages::fromWire).toList());
    }

    /** A server that does not tell, or a state of a newer one that this version does not know, is taken for ready: it was listed. */
    private static ModelInfo.State state(org.loupe.proto.v1.ModelState wire) {
        return switch (wire) {
            case MODEL_STATE_LOADING -> ModelInfo.State.LOADING;
            case MODEL_STATE_DRAINING -> ModelInfo.State.DRAINING;
            case MODEL_STATE_READY, MODEL_STATE_UNSPECIFIED, UNRECOGNIZED -> ModelInfo.State.READY;
        };
    }

    private static TaskScore toWire(Score score) {
        TaskScore.Builder wire = TaskScore.newBuilder()
                .setTask(toWire(score.task()))
                .setMos(score.mos())
                .setUnitScore(score.unitScore())
                .setLevel(
                        switch (score.level()) {
                            case EXCELLENT -> org.loupe.proto.v1.Level.LEVEL_EXCELLENT;
                            case GOOD -> org.loupe.proto.v1.Level.LEVEL_GOOD;
                            case FAIR -> org.loupe.proto.v1.Level.LEVEL_FAIR;
                            case POOR -> org.loupe.proto.v1.Level.LEVEL_POOR;
                            case BAD -> org.loupe.proto.v1.Level.LEVEL_BAD;
                        })
                .addAllLogits(score.logits());
        LevelProbabilities probabilities = score.probabilities();
        for (int i = 0; i < probabilities.names().size(); i++) {
            wire.addProbabilities(LevelProbability.newBuilder()
                    .setName(probabilities.names().get(i))
                    .setValue(probabilities.values().get(i)));
        }
        return wire.build();
    }

    private static Score fromWire(TaskScore wire) {
        Set<Task> task = knownTasks(List.of(wire.getTask()));
        if (task.isEmpty()) {
            throw new IllegalArgumentException("score for unknown task " + wire.getTaskValue());
        }
        Level level =
                switch (wire.getLevel()) {
                    case LEVEL_EXCELLENT -> Level.EXCELLENT;
                    case LEVEL_GOOD -> Level.GOOD;
                    case LEVEL_FAIR -> Level.FAIR;
                    case LEVEL_POOR -> Level.POOR;
                    case LEVEL_BAD -> Level.BAD;
                    case LEVEL_UNSPECIFIED, UNRECOGNIZED ->
                        throw new IllegalArgumentException("unknown level " + wire.getLevelValue());
                };
        return new Score(
                task.iterator().next(),
                wire.getMos(),
                level,
                new LevelProbabilities(
                        wire.getProbabilitiesList().stream()
                                .map(LevelProbability::getName)
                                .toList(),
                        wire.getProbabilitiesList().stream()
                                .map(LevelProbability::getValue)
                                .toList()),
                wire.getLogitsList());
    }

    /** A task of a later version is left out: what is known remains true. */
    static Set<Task> knownTasks(List<org.loupe.proto.v1.Task> wire) {
        Set<Task> tasks = EnumSet.noneOf(Task.class);
        for (org.loupe.proto.v1.Task task : wire) {
            switch (task) {
                case TASK_QUALITY -> tasks.add(Task.QUALITY);
                case TASK_AESTHETICS -> tasks.add(Task.AESTHETICS);
                case TASK_UNSPECIFIED, UNRECOGNIZED -> {}
            }
        }
        return tasks;
    }

    private static Interval toWire(ModelInfo.Interval interval) {
        return Interval.newBuilder()
                .setLow(interval.low())
                .setHigh(interval.high())
                .build();
    }

    private static ModelInfo.Interval fromWire(Interval wire) {
        return new ModelInfo.Interval(wire.getLow(), wire.getHigh());
    }
}
