package org.loupe.engine;

import static java.util.Objects.requireNonNull;

import com.google.inject.PrivateModule;

/** Runs graphs through ONNX Runtime. Exposes only {@link EngineFactory}. */
public final class EngineModule extends PrivateModule {
    private final EngineConfig config;

    public EngineModule(EngineConfig config) {
        this.config = requireNonNull(config, "config");
    }

    @Override
    protected void configure() {
        bind(EngineFactory.class).toInstance(model -> OrtEngine.openAll(model, config));
        expose(EngineFactory.class);
    }
}
