package org.loupe.scoring;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.loupe.modelpackage.ModelConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server held when it was last changed, in one small file of the model store, so that a restart finds it again. It counts only for
 * the settings it was written under: whoever edits {@code model.default}, {@code model.also} or {@code model.adapters} means that and not
 * what was there before. A file that cannot be read or written is told about in the log and stops nothing. Guarded by its own lock.
 */
final class RememberedModels {
    /** Begins with a dot, so that the store does not take it for a package. */
    static final String FILE = ".loaded.json";

    private static final Logger LOG = LoggerFactory.getLogger(RememberedModels.class);
    private static final int SCHEMA = 1;
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

    private final boolean kept;
    private final Path file;
    private final List<String> configured;

    /** @param store the root of the model store; need not exist */
    RememberedModels(ModelConfig config, Path store) {
        this.kept = config.remember();
        this.file = store.resolve(FILE);
        this.configured = new ArrayList<>();
        configured.add(config.defaultModel());
        configured.addAll(config.also());
        config.adapters().forEach(adapter -> configured.add("adapter " + adapter));
    }

    /**
     * @param schema {@value #SCHEMA}
     * @param configured the settings under which it was written
     * @param models what was loaded
     * @param aliases alias to {@code name/version}
     */
    record State(int schema, List<String> configured, List<Model> models, Map<String, String> aliases) {}

    /**
     * @param name {@code name/version}
     * @param reference what it was loaded as
     * @param paths whether that may be a path
     * @param adapters what was loaded on it
     */
    record Model(String name, String reference, boolean paths, List<Adapter> adapters) {}

    /**
     * @param reference {@code name/version} in the store, or what it was loaded as
     * @param paths whether that may be a path
     */
    record Adapter(String reference, boolean paths) {}

    /** @return what is to be loaded instead of what is configured */
    synchronized Optional<State> read() {
        if (!kept || !Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            State state = JSON.readValue(file.toFile(), State.class);
            if (state.schema() != SCHEMA) {
                LOG.warn("{} is of another version of this program and is not used", file);
            } else if (!state.configured().equals(configured)) {
                LOG.info("the configured models have changed, so {} is not used", file);
            } else {
                return Optional.of(state);
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be read; the configured models are loaded", file, e);
        }
        return Optional.empty();
    }

    /**
     * Writes the whole file anew; readers see the old or the new one.
     *
     * @param state asked under this object's lock, so that of two changes at a time the later one is what stays
     */
    synchronized void write(Supplier<Catalogue> state) {
        if (!kept) {
            return;
        }
        Catalogue now = state.get();
        List<Model> models = now.all().stream()
                .map(model -> new Model(
                        model.key(),
                        model.source().reference(),
                        model.source().paths(),
                        model.residentAdapters().stream()
                                .map(adapter -> new Adapter(
                                        adapter.paths()
                                                ? adapter.reference()
                                                : adapter.ref().toString(),
                                        adapter.paths()))
                                .toList()))
                .toList();
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path part = file.resolveSibling(FILE + ".part");
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(part.toFile(), new State(SCHEMA, configured, models, now.aliases()));
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("what is loaded cannot be written to {} and is forgotten at the next start", file, e);
        }
    }
}
