package org.loupe.training.teacher;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * The tensors of the MobileNetV2 in the npm package {@code nsfwjs}, as TensorFlow.js keeps them: one byte a weight, a scale and a minimum
 * for each tensor, base64 within a script.
 */
final class TeacherWeights {
    private static final String MODEL = "dist/models/mobilenet_v2/model.min.js";
    private static final String SHARD = "dist/models/mobilenet_v2/group1-shard1of1.min.js";
    private static final String MANIFEST = "weightsManifest:";
    private static final String EXPORT = "exports=\"";

    private final Map<String, float[]> tensors = new HashMap<>();
    private final String digest;

    /**
     * @param npmPackage the unpacked package's folder, the one with {@code package.json}
     * @throws ScoringException INVALID_REQUEST if it is not that package
     */
    TeacherWeights(Path npmPackage) {
        try {
            byte[] bytes = shard(Files.readString(npmPackage.resolve(SHARD), StandardCharsets.US_ASCII));
            digest = Sha256.hex(bytes);
            String script = Files.readString(npmPackage.resolve(MODEL), StandardCharsets.UTF_8);
            int start = script.indexOf(MANIFEST);
            if (start < 0) {
                throw unknown(npmPackage, "no list of weights");
            }
            // A JavaScript literal: names without quotation marks, numbers without a leading zero. What follows it is
            // not read.
            JsonNode manifest = JsonMapper.builder()
                    .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
                    .enable(JsonReadFeature.ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS)
                    .build()
                    .readTree(script.substring(start + MANIFEST.length()));
            int at = 0;
            for (JsonNode weight : manifest.path(0).path("weights")) {
                int count = 1;
                for (JsonNode side : weight.path("shape")) {
                    count *= side.asInt();
                }
                float scale = (float) weight.path("quantization").path("scale").asDouble();
                float min = (float) weight.path("quantization").path("min").asDouble();
                if (!weight.path("quantization").path("dtype").asText().equals("uint8") || at + count > bytes.length) {
                    throw unknown(npmPackage, "tensor " + weight.path("name").asText());
                }
                float[] values = new float[count];
                for (int i = 0; i < count; i++) {
                    values[i] = min + scale * (bytes[at + i] & 0xff);
                }
                at += count;
                tensors.put(weight.path("name").asText(), values);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw unknown(npmPackage, e.toString());
        }
    }

    private static byte[] shard(String script) {
        int start = script.lastIndexOf(EXPORT) + EXPORT.length();
        return Base64.getDecoder().decode(script.substring(start, script.indexOf('"', start)));
    }

    private static ScoringException unknown(Path folder, String why) {
        return new ScoringException(
                ErrorReason.INVALID_REQUEST,
                folder + " is not the unpacked npm package nsfwjs 4.4.0 (npm pack nsfwjs@4.4.0; tar xzf): " + why);
    }

    /** @return SHA-256 of all weights as the package keeps them */
    String digest() {
        return digest;
    }

    /** @return the values in TensorFlow's order; shared, not to be changed */
    float[] tensor(String name) {
        float[] values = tensors.get(name);
        if (values == null) {
            throw new ScoringException(ErrorReason.INVALID_REQUEST, "the teacher has no tensor " + name);
        }
        return values;
    }
}
