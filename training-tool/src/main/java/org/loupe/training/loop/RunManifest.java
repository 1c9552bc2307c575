package org.loupe.training.loop;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Everything a result depends on, and the digests of what came out: {@code run.json} beside every result. The same run, repeated or killed
 * and resumed, writes the same bytes: there is no time, no host and no user in it, and files are named relative to their data set or to the
 * run's directory.
 *
 * @param schema version of this layout, 1
 * @param kind what was trained, such as {@code small} or {@code one-align}
 * @param commands as another machine would give them; {@code --resume} is left out
 * @param seed everything random follows from it
 * @param configuration the whole recipe, defaults included
 * @param data in the order in which it was given
 * @param versions of program, Java, libraries and processor architecture, on which the last digits depend
 * @param fits how each fit ended, by its name in the log, in the order of the run
 * @param results measured figures, in the shape of {@code evaluate --format json}
 * @param files SHA-256 of what the run left, by path below its directory
 */
@JsonPropertyOrder({
    "schema",
    "kind",
    "commands",
    "seed",
    "configuration",
    "data",
    "versions",
    "fits",
    "results",
    "files"
})
public record RunManifest(
        int schema,
        String kind,
        List<String> commands,
        long seed,
        JsonNode configuration,
        List<DataSet> data,
        Map<String, String> versions,
        Map<String, LoopResult> fits,
        JsonNode results,
        Map<String, String> files) {
    /** Below the run's directory. */
    public static final String FILE = "run.json";

    private static final int SCHEMA = 1;

    /**
     * @param name for the reader
     * @param digests SHA-256 of label and split files by name, and of all pictures together as {@code pictures}
     * @param counts rated items by task and part, such as {@code quality train}
     */
    public record DataSet(String name, Map<String, String> digests, Map<String, Integer> counts) {
        public DataSet {
            digests = new TreeMap<>(digests);
            counts = new TreeMap<>(counts);
        }
    }

    public RunManifest(
            String kind,
            List<String> commands,
            long seed,
            JsonNode configuration,
            List<DataSet> data,
            Map<String, LoopResult> fits,
            JsonNode results,
            Map<String, String> files) {
        this(
                SCHEMA,
                kind,
                List.copyOf(commands),
                seed,
                configuration,
                List.copyOf(data),
                installed(),
                fits,
                results,
                new TreeMap<>(files));
    }

    /** Writes it, whole or not at all. */
    public void write(Path directory) {
        try {
            Path part = directory.resolve(FILE + ".part");
            Files.write(
                    part,
                    new ObjectMapper()
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .writeValueAsBytes(this));
            Files.move(
                    part, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot write to " + directory + ": " + e, e);
        }
    }

    /** @return versions on which results depend, by name */
    public static Map<String, String> installed() {
        Map<String, String> versions = new TreeMap<>();
        versions.put("loupe", version(RunManifest.class));
        versions.put("java", Runtime.version().toString());
        versions.put("javacpp", version(Pointer.class));
        versions.put("libtorch", version(org.bytedeco.pytorch.Tensor.class));
        versions.put("platform", Loader.getPlatform());
        return versions;
    }

    private static String version(Class<?> type) {
        return Optional.ofNullable(type.getPackage().getImplementationVersion()).orElse("unpackaged");
    }
}
