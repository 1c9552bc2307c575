package org.loupe.batch;

import static java.util.Objects.requireNonNull;

import com.google.inject.PrivateModule;

/** Groups jobs for an engine. Exposes only {@link ScoreQueueFactory}. */
public final class BatchModule extends PrivateModule {
    private final BatchConfig config;

    public BatchModule(BatchConfig config) {
        this.config = requireNonNull(config, "config");
    }

    @Override
    protected void configure() {
        bind(ScoreQueueFactory.class).toInstance(engine -> new BatchDispatcher(engine, config));
        expose(ScoreQueueFactory.class);
    }
}
