package org.loupe.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.GZIPInputStream;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaSource;

/**
 * Golden vectors of the reference implementation: a tiny checkpoint with random weights, pictures, and what the reference makes of them. The
 * set under {@code src/test/resources/reference} by default; {@code -Dloupe.golden=DIR} takes another one of the same layout.
 */
public final class GoldenSet {
    private final MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
    private final Path root;
    private final JsonNode json;

    private GoldenSet(Path root) throws IOException {
        this.root = root;
        this.json = new ObjectMapper()
                .readTree(root.resolve("tiny-align.golden.json").toFile());
    }

    public static GoldenSet open() throws IOException {
        String other = System.getProperty("loupe.golden");
        if (other != null) {
            return new GoldenSet(Path.of(other));
        }
        try {
            return new GoldenSet(
                    Path.of(GoldenSet.class.getResource("/reference").toURI()));
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    public JsonNode json() {
        return json;
    }

    public JsonNode image(String name) {
        for (JsonNode image : json.get("images")) {
            if (image.get("name").asText().equals(name)) {
                return image;
            }
        }
        throw new IllegalArgumentException("no picture is called " + name);
    }

    public double tolerance(String stage) {
        return json.get("tolerance_abs").get(stage).asDouble();
    }

    /** @return the checkpoint directory, unpacked below {@code scratch} where the set holds it compressed */
    public Path checkpoint(Path scratch) throws IOException {
        Path stored = root.resolve("tiny-align");
        if (Files.exists(stored.resolve("model.safetensors"))) {
            return stored;
        }
        Path unpacked = Files.createDirectories(scratch.resolve("tiny-align"));
        for (String file : new String[] {"config.json", "preprocessor_config.json"}) {
            Files.copy(stored.resolve(file), unpacked.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        try (InputStream packed = new GZIPInputStream(Files.newInputStream(stored.resolve("model.safetensors.gz")))) {
            Files.copy(packed, unpacked.resolve("model.safetensors"), StandardCopyOption.REPLACE_EXISTING);
        }
        return unpacked;
    }

    /** @return a file of the set */
    public Path file(String name) {
        return root.resolve(name);
    }

    /** @return a picture as the server decodes it: gray is repeated, alpha dropped */
    public Frame picture(String file) {
        return decoder.decode(MediaSource.of(root.resolve(file)), DecodeRequest.FULL)
                .frames()
                .get(0);
    }

    /** @return the numbers of a little-endian {@code float32} array in C order, without its shape */
    public float[] array(String file) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.wrap(Files.readAllBytes(root.resolve(file))).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = bytes.getShort(8);
        String header = new String(bytes.array(), 10, headerLength, StandardCharsets.US_ASCII);
        if (!header.contains("'<f4'") || !header.contains("'fortran_order': False")) {
            throw new IOException(file + " is not what is expected: " + header);
        }
        bytes.position(10 + headerLength);
        float[] numbers = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(numbers);
        return numbers;
    }
}
