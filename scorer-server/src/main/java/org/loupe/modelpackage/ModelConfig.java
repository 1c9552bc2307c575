package org.loupe.modelpackage;

import java.nio.file.Path;
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
        Optional<Path> store) {
    public static final ModelConfig DEFAULT = new ModelConfig(BundledModels.DEFAULT, List.of(), Optional.empty());

    public ModelConfig {
        also = List.copyOf(also);
        new ConfigProblems()
                .check(!defaultModel.isBlank(), "model.default must name a model")
                .throwIfAny();
    }

    /** @return the same settings with another default model */
    public ModelConfig withDefault(String reference) {
        return new ModelConfig(reference, also, store);
    }
}
