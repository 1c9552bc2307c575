package org.loupe.modelpackage;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/** {@code model.json} to {@link Manifest}, {@code adapter.json} to {@link AdapterManifest}, and back. Unknown fields are refused and all violations are reported together. */
final class ManifestJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .addModule(new SimpleModule().addSerializer(new TaskOut()).addDeserializer(Task.class, new TaskIn()))
            .build();

    private ManifestJson() {}

    /** @throws ScoringException MODEL_PACKAGE_INVALID naming every violation */
    static Manifest read(byte[] json, String origin) {
        return read(json, origin, Manifest.class, ManifestRules::problems);
    }

    /** @throws ScoringException MODEL_PACKAGE_INVALID naming every violation */
    static AdapterManifest readAdapter(byte[] json, String origin) {
        return read(json, origin, AdapterManifest.class, AdapterManifest::problems);
    }

    private static <R extends Record> R read(
            byte[] json, String origin, Class<R> type, Function<R, List<String>> rules) {
        try {
            JsonNode tree = MAPPER.readTree(json);
            refuse(RecordShape.problems(tree, type), origin);
            R manifest = MAPPER.treeToValue(tree, type);
            refuse(rules.apply(manifest), origin);
            return manifest;
        } catch (JacksonException e) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID, origin + " is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID, origin + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** @throws ScoringException MODEL_PACKAGE_INVALID naming every rule the manifest breaks */
    static byte[] write(Manifest manifest) {
        refuse(ManifestRules.problems(manifest), "the manifest");
        return bytes(manifest);
    }

    /** @throws ScoringException MODEL_PACKAGE_INVALID naming every rule the manifest breaks */
    static byte[] write(AdapterManifest manifest) {
        refuse(AdapterManifest.problems(manifest), "the adapter's manifest");
        return bytes(manifest);
    }

    private static byte[] bytes(Record manifest) {
        try {
            return MAPPER.writeValueAsBytes(manifest);
        } catch (JacksonException e) {
            throw new IllegalStateException("a manifest always has a JSON form", e);
        }
    }

    private static void refuse(List<String> problems, String origin) {
        if (!problems.isEmpty()) {
            throw new ScoringException(ErrorReason.MODEL_PACKAGE_INVALID, origin + ": " + String.join("; ", problems));
        }
    }

    /** The vocabulary module knows no Jackson, so the lower-case ids are mapped here. */
    private static final class TaskOut extends StdSerializer<Task> {
        TaskOut() {
            super(Task.class);
        }

        @Override
        public void serialize(Task task, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeString(task.id());
        }
    }

    private static final class TaskIn extends StdDeserializer<Task> {
        TaskIn() {
            super(Task.class);
        }

        @Override
        public Task deserialize(JsonParser in, DeserializationContext context) throws IOException {
            String id = in.getText();
            return Task.byId(id).orElseThrow(() -> context.weirdStringException(id, Task.class, "no such task"));
        }
    }
}
