package org.loupe.training.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * A recipe that was read.
 *
 * @param recipe what it says
 * @param bytes it was read from, for the record
 * @param directory in which it lies, from which its paths start; null where it was shipped
 * @param <T> the record it was written for
 */
public record RecipeFile<T>(
        T recipe, byte[] bytes, @Nullable Path directory) {

    /** Recipes that are shipped, in one folder of the resources. */
    public record Shipped(String folder, List<String> names) {
        public Shipped {
            names = List.copyOf(names);
        }
    }

    /**
     * @param reference a file, or one of the shipped names; a file of that name comes first
     * @throws ScoringException INVALID_REQUEST if it cannot be found or understood, IO_FAILED if it cannot be read
     */
    public static <T> RecipeFile<T> read(String reference, Shipped shipped, Class<T> type) {
        Path file = Path.of(reference);
        boolean own = Files.isRegularFile(file);
        try {
            byte[] bytes = own ? Files.readAllBytes(file) : shipped(reference, shipped);
            YAMLMapper mapper = YAMLMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                    .build();
            return new RecipeFile<>(
                    mapper.readValue(bytes, type),
                    bytes,
                    own ? file.toAbsolutePath().normalize().getParent() : null);
        } catch (JsonProcessingException e) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "recipe " + reference + ", line "
                            + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()) + ": "
                            + explained(e),
                    e);
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read recipe " + reference + ": " + e, e);
        }
    }

    /** What is wrong in words of the recipe rather than of the classes it is read into. */
    private static String explained(JsonProcessingException e) {
        if (e.getCause() instanceof ScoringException refused) {
            return String.valueOf(refused.getMessage());
        }
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "there is no key " + unknown.getPropertyName() + " here; there are "
                    + unknown.getKnownPropertyIds().stream()
                            .map(String::valueOf)
                            .sorted()
                            .collect(Collectors.joining(", "));
        }
        if (e instanceof InvalidFormatException value) {
            String wrong = where(value) + " cannot be " + value.getValue();
            return value.getTargetType().isEnum() ? wrong + "; it is one of " + words(value.getTargetType()) : wrong;
        }
        if (e instanceof MismatchedInputException value && !value.getPath().isEmpty()) {
            return where(value) + ": " + value.getOriginalMessage().replaceAll(" \\(index \\d+\\)", "");
        }
        return e.getOriginalMessage();
    }

    private static String where(JsonMappingException e) {
        return e.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("."));
    }

    private static String words(Class<?> type) {
        ObjectMapper json = new ObjectMapper();
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> json.valueToTree(constant).asText())
                .collect(Collectors.joining(", "));
    }

    private static byte[] shipped(String name, Shipped shipped) throws IOException {
        InputStream found = shipped.names().contains(name)
                ? RecipeFile.class.getResourceAsStream("/" + shipped.folder() + "/" + name + ".yaml")
                : null;
        if (found == null) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "there is no recipe " + name + ": give a file, or one that is shipped: "
                            + String.join(", ", shipped.names()));
        }
        try (found) {
            return found.readAllBytes();
        }
    }
}
