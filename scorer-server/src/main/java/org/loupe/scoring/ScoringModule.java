package org.loupe.scoring;

import static java.util.Objects.requireNonNull;

import com.google.inject.PrivateModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import org.loupe.batch.ScoreQueueFactory;
import org.loupe.decode.MediaDecoder;
import org.loupe.engine.EngineFactory;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.modelpackage.ModelResolver;

/** Scores media in this process. Needs decoder, engine, queue, models and a {@link CloseStack}; exposes {@link Scoring} and {@link Models}. */
public final class ScoringModule extends PrivateModule {
    private final ScoringConfig config;

    public ScoringModule(ScoringConfig config) {
        this.config = requireNonNull(config, "config");
    }

    @Override
    protected void configure() {
        requireBinding(CloseStack.class);
        expose(Scoring.class);
        expose(Models.class);
    }

    @Provides
    @Singleton
    Models models(
            ModelConfig which,
            ModelResolver resolver,
            EngineFactory engines,
            ScoreQueueFactory queues,
            CloseStack resources) {
        return resources.push(new Models(which, resolver, engines, queues));
    }

    @Provides
    @Singleton
    Scoring scoring(Models models, MediaDecoder decoder, CloseStack resources) {
        return resources.push(new LocalScoring(models, decoder, config));
    }
}
