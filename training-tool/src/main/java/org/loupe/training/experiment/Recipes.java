package org.loupe.training.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Finds and reads recipes, shipped ones and people's own. */
final class Recipes {
    /** In the order in which they should be read. */
    static final List<String> SHIPPED = List.of(
            "single-set",
            "cross-set",
            "unified",
            "objectives",
            "level-count",
            "level-borders",
            "human-raters",
            "one-align-published");

    private Recipes() {}

    /**
     * @param reference a file, or the name of a shipped recipe
     * @throws ScoringException INVALID_REQUEST if it cannot be found or understood
     */
    static Recipe read(String reference) {
        try {
            return YAMLMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                    .build()
                    .readValue(bytes(reference), Recipe.class);
        } catch (JsonProcessingException e) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "recipe " + reference + ", line "
                            + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()) + ": "
                            + e.getOriginalMessage(),
                    e);
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read recipe " + reference + ": " + e, e);
        }
    }

    private static byte[] bytes(String reference) throws IOException {
        if (SHIPPED.contains(reference)) {
            try (InputStream in = Recipes.class.getResourceAsStream("/experiments/" + reference + ".yaml")) {
                return Objects.requireNonNull(in, reference).readAllBytes();
            }
        }
        Path file = Path.of(reference);
        if (!Files.isRegularFile(file)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "there is no recipe " + reference + ": give a file, or one of " + String.join(", ", SHIPPED));
        }
        return Files.readAllBytes(file);
    }
}
