package org.loupe.scoring;

import com.google.inject.AbstractModule;
import com.google.inject.Injector;
import java.util.Optional;
import org.loupe.batch.BatchConfig;
import org.loupe.batch.BatchModule;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeModule;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.EngineModule;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.modelpackage.ModelModule;

/** The parts of a scorer without a server. */
final class LocalModule extends AbstractModule {
    private final String model;
    private final Optional<String> adapter;
    private final EngineConfig engine;
    private final CloseStack resources;

    private LocalModule(String model, Optional<String> adapter, EngineConfig engine, CloseStack resources) {
        this.model = model;
        this.adapter = adapter;
        this.engine = engine;
        this.resources = resources;
    }

    static LocalScorer open(String model, Optional<String> adapter, EngineConfig engine) {
        CloseStack resources = new CloseStack();
        try {
            Injector injector = ScoringModule.injector(new LocalModule(model, adapter, engine, resources));
            return new LocalScorer(injector.getInstance(Scoring.class), injector.getInstance(Models.class), resources);
        } catch (RuntimeException e) {
            resources.close();
            throw e;
        }
    }

    @Override
    protected void configure() {
        bind(CloseStack.class).toInstance(resources);
        install(new ModelModule(ModelConfig.DEFAULT
                .withDefault(model)
                .withAdapters(adapter.stream().toList())));
        install(new DecodeModule(DecodeLimits.DEFAULT));
        install(new EngineModule(engine));
        install(new BatchModule(BatchConfig.DEFAULT));
        install(new ScoringModule(ScoringConfig.DEFAULT));
    }
}
