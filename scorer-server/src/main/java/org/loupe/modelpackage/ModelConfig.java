package org.loupe.modelpackage;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.loupe.config.ConfigProblems;
import org.loupe.settings.ConfigPrefix;
import org.loupe.settings.Doc;

/**
 * Which models are loaded.
 *
 * @param defaultModel answers requests that name no model
 * @param also further models kept loaded
 * @param store where names are looked up; empty for {@link ModelStore#standard()}
 * @param adapters taste adapters loaded at start
 * @param administration what callers may change while the server runs
 * @param drain longest wait for the requests of a model that is unloaded
 * @param remember whether what callers changed is written into the store and loaded at the next start
 */
@ConfigPrefix("model")
public record ModelConfig(
        @Doc(
                value =
                        "Model for requests that name none: a bundled name, a package directory or zip, or name/version in the store",
                key = "default")
        String defaultModel,

        @Doc("Further models to keep loaded, separated by commas")
        List<String> also,

        @Doc("Directory of the model store; by default LOUPE_MODELS or ~/.loupe/models")
        Optional<Path> store,

        @Doc(
                "Taste adapters to load at start, separated by commas: name, name/version in the store or a directory; with @model for"
                        + " another model than the default")
        List<String> adapters,

        @Doc(
                "What callers may load, unload and rename while the server runs: off for nothing, store for bundled models and those in the"
                        + " store, paths for any directory or zip this process can read")
        Administration administration,

        @Doc(
                "Longest wait for the requests of a model or adapter that is unloaded, 0s..24h; what is unanswered then is cut off")
        Duration drain,

        @Doc("Whether models, aliases and adapters changed while the server runs are there again after a restart")
        boolean remember) {
    /** Two minutes: a queue full of large photos on a processor is answered in less. */
    public static final ModelConfig DEFAULT = new ModelConfig(
            BundledModels.DEFAULT,
            List.of(),
            Optional.empty(),
            List.of(),
            Administration.STORE,
            Duration.ofMinutes(2),
            false);

    /** What callers may change while a server runs. Callers are those its access rules let in: this machine, or holders of the token. */
    public enum Administration {
        /** Nothing. */
        OFF,
        /** Load what is bundled or lies in the store, where only the operator puts things. */
        STORE,
        /** Load from any place the server's process can read: for servers whose callers are all trusted with that. */
        PATHS
    }

    public ModelConfig {
        also = List.copyOf(also);
        adapters = List.copyOf(adapters);
        new ConfigProblems()
                .check(!defaultModel.isBlank(), "model.default must name a model")
                .check(
                        !drain.isNegative() && drain.compareTo(Duration.ofHours(24)) <= 0,
                        "model.drain must be 0s..24h, was %s",
                        drain)
                .throwIfAny();
    }

    /** @return the same settings with other adapters */
    public ModelConfig withAdapters(List<String> references) {
        return new ModelConfig(defaultModel, also, store, references, administration, drain, remember);
    }

    /** @return the same settings with another default model */
    public ModelConfig withDefault(String reference) {
        return new ModelConfig(reference, also, store, adapters, administration, drain, remember);
    }
}
