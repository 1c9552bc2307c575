package org.loupe.server.access;

import static java.util.Objects.requireNonNull;

import com.google.inject.AbstractModule;

/** Who may talk to the server. Exposes {@link AccessConfig} and {@link Token}. */
public final class AccessModule extends AbstractModule {
    private final AccessConfig config;

    public AccessModule(AccessConfig config) {
        this.config = requireNonNull(config, "config");
    }

    @Override
    protected void configure() {
        bind(AccessConfig.class).toInstance(config);
        bind(Token.class).toInstance(Token.of(config));
    }
}
