package org.loupe.client;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.loupe.score.AdapterRef;
import org.loupe.score.ErrorReason;
import org.loupe.score.ModelRef;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/**
 * What a loaded model is and can do.
 *
 * @param ref name, version and digest, as in every answer
 * @param isDefault whether it answers requests that name no model
 * @param precision {@code fp32}, {@code fp16}, {@code int8} or {@code int4}
 * @param licence SPDX id or plain name
 * @param commercialUse {@code yes}, {@code no} or {@code unknown}
 * @param imageTasks what it answers for stills
 * @param videoTasks what it answers for video
 * @param levelNames its words, best first
 * @param levelWeights the MOS each word stands for, in [1, 5]
 * @param maxFrames most frames of a clip looked at
 * @param accuracy how well it was measured to predict people; may be empty
 * @param state whether it answers requests
 * @param aliases other names that lead to it, {@code default} among them; may be empty
 * @param adapters taste adapters that may be asked for on it, older versions of a name first; may be empty
 */
public record ModelInfo(
        ModelRef ref,
        boolean isDefault,
        String precision,
        String licence,
        String commercialUse,
        Set<Task> imageTasks,
        Set<Task> videoTasks,
        List<String> levelNames,
        List<Float> levelWeights,
        int maxFrames,
        List<Accuracy> accuracy,
        State state,
        List<String> aliases,
        List<AdapterRef> adapters) {

    /** Where a model is in its life. */
    public enum State {
        /** Being verified, opened and warmed; takes no requests yet. */
        LOADING,
        /** Answers requests. */
        READY,
        /** Takes no new requests, answers those it has, then goes. */
        DRAINING
    }

    public ModelInfo {
        imageTasks = Set.copyOf(imageTasks);
        videoTasks = Set.copyOf(videoTasks);
        levelNames = List.copyOf(levelNames);
        levelWeights = List.copyOf(levelWeights);
        accuracy = List.copyOf(accuracy);
        aliases = List.copyOf(aliases);
        adapters = List.copyOf(adapters);
    }

    /**
     * @param adapter a name for its newest version, {@code name/version}, or empty for none
     * @return how metadata names this model with that adapter, see {@link ModelRef#adaptedBy}
     * @throws ScoringException ADAPTER_NOT_FOUND saying which there are
     */
    public ModelRef adaptedBy(String adapter) {
        if (adapter.isEmpty()) {
            return ref;
        }
        AdapterRef found = adapters.stream()
                .filter(each -> each.toString().equals(adapter) || each.name().equals(adapter))
                .reduce((older, newer) -> newer)
                .orElseThrow(() -> new ScoringException(
                        ErrorReason.ADAPTER_NOT_FOUND,
                        "no adapter '" + adapter + "' is loaded on " + ref + "; loaded are " + adapters));
        return ref.adaptedBy(Optional.of(found));
    }

    /**
     * One measurement against people's opinion.
     *
     * @param dataSet data set and split
     * @param task what was predicted
     * @param n media
     * @param srcc Spearman rank correlation with MOS
     * @param plcc Pearson correlation with MOS, without a fit
     * @param srccInterval 95 % bootstrap interval, if computed
     * @param plccInterval likewise
     */
    public record Accuracy(
            String dataSet,
            Task task,
            int n,
            double srcc,
            double plcc,
            Optional<Interval> srccInterval,
            Optional<Interval> plccInterval) {}

    /** A closed interval. */
    public record Interval(double low, double high) {}
}
