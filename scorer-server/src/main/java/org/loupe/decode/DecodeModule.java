package org.loupe.decode;

import static java.util.Objects.requireNonNull;

import com.google.inject.PrivateModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;

/** Turns bytes into frames. Exposes only {@link MediaDecoder}. */
public final class DecodeModule extends PrivateModule {
    private final DecodeLimits limits;

    public DecodeModule(DecodeLimits limits) {
        this.limits = requireNonNull(limits, "limits");
    }

    @Override
    protected void configure() {
        expose(MediaDecoder.class);
    }

    @Provides
    @Singleton
    MediaDecoder decoder() {
        return new MediaDecoder(limits, DecodeBudget.ofHeap());
    }
}
