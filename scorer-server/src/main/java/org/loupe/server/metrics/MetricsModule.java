package org.loupe.server.metrics;

import com.google.inject.PrivateModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import org.loupe.scoring.CloseStack;
import org.loupe.scoring.Models;
import org.loupe.scoring.Scoring;

/** Counts. Needs {@link Scoring} and {@link Models}; exposes only {@link Metrics}. */
public final class MetricsModule extends PrivateModule {
    @Override
    protected void configure() {
        expose(Metrics.class);
    }

    @Provides
    @Singleton
    Metrics metrics(Scoring scoring, Models models, CloseStack resources) {
        return resources.push(new Metrics(scoring, models));
    }
}
