package org.loupe.server.http;

import static java.util.Objects.requireNonNull;

import com.google.inject.PrivateModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import org.loupe.scoring.CloseStack;
import org.loupe.scoring.Scoring;
import org.loupe.server.access.Token;
import org.loupe.server.metrics.Metrics;

/** Serves HTTP. Needs {@link Scoring}, {@link Token} and {@link Metrics}; exposes only {@link HttpService}. */
public final class HttpModule extends PrivateModule {
    private final HttpConfig config;

    public HttpModule(HttpConfig config) {
        this.config = requireNonNull(config, "config");
    }

    @Override
    protected void configure() {
        expose(HttpService.class);
    }

    @Provides
    @Singleton
    HttpService service(Scoring scoring, Token token, Metrics metrics, CloseStack resources) {
        return resources.push(
                HttpService.start(config, scoring, token.text(), metrics::scrape, () -> !resources.closing()));
    }
}
