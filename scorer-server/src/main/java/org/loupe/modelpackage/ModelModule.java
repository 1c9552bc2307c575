package org.loupe.modelpackage;

import static java.util.Objects.requireNonNull;

import com.google.inject.PrivateModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;

/** Finds models. Exposes {@link ModelResolver} and the {@link ModelConfig} that says which to load. */
public final class ModelModule extends PrivateModule {
    private final ModelConfig config;

    public ModelModule(ModelConfig config) {
        this.config = requireNonNull(config, "config");
    }

    @Override
    protected void configure() {
        bind(ModelConfig.class).toInstance(config);
        expose(ModelConfig.class);
        expose(ModelResolver.class);
    }

    @Provides
    @Singleton
    ModelResolver resolver() {
        return new ModelResolver(
                new BundledModels(), config.store().map(ModelStore::new).orElseGet(ModelStore::standard));
    }
}
