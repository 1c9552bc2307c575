package org.loupe.scoring;

import static java.util.Objects.requireNonNull;

import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Module;
import com.google.inject.PrivateModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import com.google.inject.Stage;
import com.google.inject.spi.Message;
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

    /**
     * Starts what a module lists, strictly: explicit bindings, no circular proxies, everything made now.
     *
     * @throws RuntimeException what the first part that failed threw, not Guice's report of it
     */
    public static Injector injector(Module parts) {
        try {
            return Guice.createInjector(Stage.PRODUCTION, binder -> {
                binder.requireExplicitBindings();
                binder.disableCircularProxies();
                binder.install(parts);
            });
        } catch (CreationException e) {
            throw e.getErrorMessages().stream()
                    .map(Message::getCause)
                    .filter(RuntimeException.class::isInstance)
                    .map(RuntimeException.class::cast)
                    .findFirst()
                    .orElse(e);
        }
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
        return resources.push(new Models(which, resolver, engines, queues, new SystemMemory()));
    }

    @Provides
    @Singleton
    Scoring scoring(Models models, MediaDecoder decoder, CloseStack resources) {
        return resources.push(new LocalScoring(models, decoder, config));
    }
}
