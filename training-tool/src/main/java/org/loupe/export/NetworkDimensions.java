package org.loupe.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.modelpackage.Manifest;

/** A network's dimensions in the provenance of its package: whoever rebuilds the network to compare needs no checkpoint for that. */
public final class NetworkDimensions {
    /** Field of {@link Manifest#provenance()}. */
    static final String KEY = "dimensions";

    private static final ObjectMapper JSON = new ObjectMapper();

    private NetworkDimensions() {}

    static String text(OneAlignConfig config) {
        try {
            return JSON.writeValueAsString(config);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers always make JSON", e);
        }
    }

    /** @return the dimensions of the network a package was made from; empty if it does not say */
    public static Optional<OneAlignConfig> of(Manifest manifest) {
        return manifest.provenance(KEY).flatMap(NetworkDimensions::parse);
    }

    private static Optional<OneAlignConfig> parse(String text) {
        try {
            return Optional.of(JSON.readValue(text, OneAlignConfig.class));
        } catch (JsonProcessingException e) {
            return Optional.empty(); // written by somebody else; nothing but a comparison depends on it
        }
    }
}
