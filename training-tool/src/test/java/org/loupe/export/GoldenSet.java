package org.loupe.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.Raster;
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
import javax.imageio.ImageIO;
import org.loupe.decode.Frame;

/**
 * Golden vectors of the reference implementation: a tiny checkpoint with random weights, pictures, and what the reference makes of them. The
 * set under {@code src/test/resources/reference} by default; {@code -Dloupe.golden=DIR} takes another one of the same layout.
 */
final class GoldenSet {
    private final Path root;
    private final JsonNode json;

    private GoldenSet(Path root) throws IOException {
        this.root = root;
        this.json = new ObjectMapper()
                .readTree(root.resolve("tiny-align.golden.json").toFile());
    }

    static GoldenSet open() throws IOException {
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

    JsonNode json() {
        return json;
    }

    JsonNode image(String name) {
        for (JsonNode image : json.get("images")) {
            if (image.get("name").asText().equals(name)) {
                return image;
            }
        }
        throw new IllegalArgumentException("no picture is called " + name);
    }

    double tolerance(String stage) {
        return json.get("tolerance_abs").get(stage).asDouble();
    }

    /** @return the checkpoint directory, unpacked below {@code scratch} where the set holds it compressed */
    Path checkpoint(Path scratch) throws IOException {
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

    /** @return the stored samples of a PNG as RGB: gray is repeated, alpha dropped */
    Frame picture(String file) throws IOException {
        Raster raster = ImageIO.read(root.resolve(file).toFile()).getRaster();
        int width = raster.getWidth();
        int height = raster.getHeight();
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < 3; c++) {
                    rgb[(y * width + x) * 3 + c] = (byte) raster.getSample(x, y, raster.getNumBands() < 3 ? 0 : c);
                }
            }
        }
        return new Frame(width, height, rgb);
    }

    /** @return the numbers of a little-endian {@code float32} array in C order, without its shape */
    float[] array(String file) throws IOException {
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
