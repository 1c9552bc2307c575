package org.loupe.metadata;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.loupe.score.ModelRef;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.Task;

/**
 * What is written into a media library for one asset. The names are the same in every system that allows them. A task that was not asked
 * has no fields.
 *
 * <p>MOS are rounded to two decimals, half up: a difference in the third is far below what people agree on, and two sort and print well.
 * Levels come from the unrounded MOS, so 4.4975 reads 4.50 and good.
 *
 * @param values field name to value, in the order adapters should show them
 * @param keywords words for systems that search by keyword, such as {@code quality:good}; one a task
 */
public record ScoreFields(Map<String, Value> values, List<String> keywords) {
    /** Number, MOS 1..5. */
    public static final String QUALITY_SCORE = "quality_score";
    /** Text, a {@link org.loupe.score.Level#id()}. */
    public static final String QUALITY_LEVEL = "quality_level";
    /** Number, MOS 1..5. */
    public static final String AESTHETIC_SCORE = "aesthetic_score";
    /** Text, a {@link org.loupe.score.Level#id()}. */
    public static final String AESTHETIC_LEVEL = "aesthetic_level";
    /** Text, the model's name. */
    public static final String SCORE_MODEL = "score_model";
    /** Text, the model's version; with a taste adapter {@code version+adapter/version}, see {@link ModelRef#adaptedBy}. */
    public static final String SCORE_MODEL_VERSION = "score_model_version";
    /** Time, whole seconds. */
    public static final String SCORED_AT = "scored_at";
    /** Text, SHA-256 of the bytes that were scored, lower-case hexadecimal. */
    public static final String SCORED_SHA256 = "scored_sha256";

    /** Decimals of a MOS in metadata. */
    public static final int DECIMALS = 2;

    /** A typed value, so that numbers become numeric fields. */
    public sealed interface Value {
        /** @return the value as text: plain decimal, the text itself, or ISO-8601 UTC */
        String asText();
    }

    /** A decimal number with {@link #DECIMALS} decimals. */
    public record NumberValue(BigDecimal number) implements Value {
        @Override
        public String asText() {
            return number.toPlainString();
        }
    }

    public record TextValue(String text) implements Value {
        @Override
        public String asText() {
            return text;
        }
    }

    /** An instant in whole seconds; ISO-8601 UTC as text. */
    public record TimeValue(Instant time) implements Value {
        @Override
        public String asText() {
            return time.toString();
        }
    }

    public ScoreFields {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        keywords = List.copyOf(keywords);
    }

    /** @param scoredAt when the answer came; cut to whole seconds, because some systems keep no more */
    public static ScoreFields of(ScoredMedia media, Instant scoredAt) {
        Map<String, Value> values = new LinkedHashMap<>();
        List<String> keywords = new ArrayList<>();
        for (Task task : Task.values()) {
            Score score = media.scores().get(task);
            if (score != null) {
                values.put(scoreField(task), new NumberValue(rounded(score.mos())));
                values.put(levelField(task), new TextValue(score.level().id()));
                keywords.add(task.id() + ":" + score.level().id());
            }
        }
        ModelRef scoredBy = media.model().adaptedBy(media.adapter());
        values.put(SCORE_MODEL, new TextValue(scoredBy.name()));
        values.put(SCORE_MODEL_VERSION, new TextValue(scoredBy.version()));
        values.put(SCORED_AT, new TimeValue(scoredAt.truncatedTo(ChronoUnit.SECONDS)));
        values.put(SCORED_SHA256, new TextValue(media.sha256()));
        return new ScoreFields(values, keywords);
    }

    /** @return the field that holds the task's MOS */
    public static String scoreField(Task task) {
        return switch (task) {
            case QUALITY -> QUALITY_SCORE;
            case AESTHETICS -> AESTHETIC_SCORE;
        };
    }

    /** @return the field that holds the task's level */
    public static String levelField(Task task) {
        return switch (task) {
            case QUALITY -> QUALITY_LEVEL;
            case AESTHETICS -> AESTHETIC_LEVEL;
        };
    }

    /** @return the MOS as it stands in metadata, {@link #DECIMALS} decimals, half up */
    public static BigDecimal rounded(float mos) {
        return new BigDecimal(Float.toString(mos)).setScale(DECIMALS, RoundingMode.HALF_UP);
    }

    /** @return the value of a field as text, if the field is there */
    public Optional<String> text(String field) {
        return Optional.ofNullable(values.get(field)).map(Value::asText);
    }

    /** @return every prefix a keyword of ours can have; keywords with one of them are replaced on writing, all others kept */
    public static List<String> keywordPrefixes() {
        List<String> prefixes = new ArrayList<>();
        for (Task task : Task.values()) {
            prefixes.add(task.id() + ":");
        }
        return List.copyOf(prefixes);
    }
}
