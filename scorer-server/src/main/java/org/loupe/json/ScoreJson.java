package org.loupe.json;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Timeline;

/**
 * One scored or refused file as one JSON object on one line. Numbers are unrounded: the shortest decimal that restores the float. Field
 * names are relied on by scripts; they are never renamed. Safe for use by many threads.
 */
public final class ScoreJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ScoreJson() {}

    /**
     * @return {@code path, mediaType, model, frames, scores}, before the frames {@code adapter} where one was asked for, and, where there
     *     is one, the timeline as {@code timeline, worst, cover}
     */
    public static String scored(String path, ScoredMedia media) {
        ObjectNode record = MAPPER.createObjectNode();
        record.put("path", path);
        record.put("mediaType", media.mediaType());
        ObjectNode model = record.putObject("model");
        model.put("name", media.model().name());
        model.put("version", media.model().version());
        model.put("digest", media.model().digest());
        media.adapter().ifPresent(used -> {
            ObjectNode adapter = record.putObject("adapter");
            adapter.put("name", used.name());
            adapter.put("version", used.version());
            adapter.put("digest", used.digest());
        });
        record.put("frames", media.frames());
        ObjectNode scores = record.putObject("scores");
        media.scores().forEach((task, score) -> put(scores.putObject(task.id()), score));
        media.timeline().ifPresent(timeline -> put(record, timeline));
        return record.toString();
    }

    /** @return {@code path, error} with the catalogued reason and a message for people */
    public static String failed(String path, ScoringException failure) {
        ObjectNode record = MAPPER.createObjectNode();
        record.put("path", path);
        ObjectNode error = record.putObject("error");
        error.put("reason", failure.reason().name());
        error.put("message", String.valueOf(failure.getMessage()));
        return record.toString();
    }

    private static void put(ObjectNode record, Timeline timeline) {
        ArrayNode segments = record.putArray("timeline");
        for (Timeline.Segment segment : timeline.segments()) {
            ObjectNode node = segments.addObject();
            node.put("start", segment.start());
            node.put("end", segment.end());
            node.put("frames", segment.frames());
            ObjectNode scores = node.putObject("scores");
            segment.mos().forEach((task, mos) -> scores.put(task.id(), mos));
        }
        put(record.putObject("worst"), timeline.worst());
        put(record.putObject("cover"), timeline.cover());
    }

    private static void put(ObjectNode node, Timeline.Moment moment) {
        node.put("second", moment.second());
        node.put("mos", moment.mos());
    }

    private static void put(ObjectNode node, Score score) {
        node.put("mos", score.mos());
        node.put("unitScore", score.unitScore());
        node.put("level", score.level().id());
        ObjectNode probabilities = node.putObject("probabilities");
        List<String> names = score.probabilities().names();
        for (int i = 0; i < names.size(); i++) {
            probabilities.put(names.get(i), score.probabilities().values().get(i));
        }
        ArrayNode logits = node.putArray("logits");
        score.logits().forEach(logits::add);
    }
}
