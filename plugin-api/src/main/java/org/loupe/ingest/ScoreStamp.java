package org.loupe.ingest;

import java.util.Optional;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ModelRef;

/**
 * Which bytes were scored with which model: together with the asset's id what makes writing idempotent. Name and version stand for the
 * model because a model package never changes once it is named.
 *
 * @param sha256 digest of the bytes, lower-case hexadecimal
 * @param model the model's name
 * @param modelVersion its version; with a taste adapter {@code version+adapter/version}
 */
public record ScoreStamp(String sha256, String model, String modelVersion) {
    /** @return the stamp in the fields, or nothing if they are not complete */
    public static Optional<ScoreStamp> of(ScoreFields fields) {
        return fields.text(ScoreFields.SCORED_SHA256).flatMap(sha256 -> fields.text(ScoreFields.SCORE_MODEL)
                .flatMap(model -> fields.text(ScoreFields.SCORE_MODEL_VERSION)
                        .map(version -> new ScoreStamp(sha256, model, version))));
    }

    /** @param ref as {@link ModelRef#adaptedBy} names it */
    public boolean isOf(ModelRef ref) {
        return model.equals(ref.name()) && modelVersion.equals(ref.version());
    }
}
