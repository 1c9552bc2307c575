package org.loupe.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.loupe.score.Level;
import org.loupe.score.LevelProbabilities;
import org.loupe.score.ModelRef;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.Task;

class ScoreFieldsTest {
    private static final Instant AT = Instant.parse("2026-02-03T04:05:06.789Z");

    @Test
    void namesEveryFieldAndTypesIt() {
        ScoreFields fields = ScoreFields.of(
                media(Map.of(Task.QUALITY, score(Task.QUALITY, 3.876f), Task.AESTHETICS, score(Task.AESTHETICS, 2.5f))),
                AT);
        assertThat(fields.values().keySet())
                .containsExactly(
                        "quality_score",
                        "quality_level",
                        "aesthetic_score",
                        "aesthetic_level",
                        "score_model",
                        "score_model_version",
                        "scored_at",
                        "scored_sha256");
        assertThat(fields.text("quality_score")).contains("3.88");
        assertThat(fields.text("quality_level")).contains("good");
        assertThat(fields.text("scored_at")).contains("2026-02-03T04:05:06Z");
        assertThat(fields.values().get(ScoreFields.QUALITY_SCORE)).isInstanceOf(ScoreFields.NumberValue.class);
        assertThat(fields.values().get(ScoreFields.SCORED_AT)).isInstanceOf(ScoreFields.TimeValue.class);
        assertThat(fields.keywords()).containsExactly("quality:good", "aesthetics:fair");
    }

    @Test
    void takesLevelFromUnroundedMos() {
        ScoreFields fields = ScoreFields.of(media(Map.of(Task.QUALITY, score(Task.QUALITY, 4.4975f))), AT);
        assertThat(fields.text("quality_score")).contains("4.50");
        assertThat(fields.text("quality_level")).contains("good");
    }

    @Test
    void leavesOutTasksThatWereNotAsked() {
        ScoreFields fields = ScoreFields.of(media(Map.of(Task.AESTHETICS, score(Task.AESTHETICS, 1f))), AT);
        assertThat(fields.values()).doesNotContainKeys("quality_score", "quality_level");
        assertThat(fields.text("aesthetic_score")).contains("1.00");
        assertThat(fields.keywords()).containsExactly("aesthetics:bad");
        assertThat(fields.keywords().get(0))
                .startsWith(ScoreFields.keywordPrefixes().get(1));
    }

    private static ScoredMedia media(Map<Task, Score> scores) {
        return new ScoredMedia("image/png", new ModelRef("m", "1", "d"), 1, "ab", scores);
    }

    private static Score score(Task task, float mos) {
        return new Score(
                task,
                mos,
                Level.ofMos(mos),
                new LevelProbabilities(List.of("a", "b"), List.of(0.5f, 0.5f)),
                List.of(0f, 0f));
    }
}
