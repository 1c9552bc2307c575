package org.loupe.scoring;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.loupe.engine.AdapterHandle;
import org.loupe.score.AdapterRef;

/**
 * One request's hold on a model and, where one was asked for, an adapter: neither is freed before it is closed, unless it is held longer
 * than the drain time. Safe for use by many threads.
 */
public final class ModelLease implements AutoCloseable {
    private final Resident resident;
    private final @Nullable ResidentAdapter adapter;
    private final AtomicBoolean returned = new AtomicBoolean();

    ModelLease(Resident resident, @Nullable ResidentAdapter adapter) {
        this.resident = resident;
        this.adapter = adapter;
    }

    Resident resident() {
        return resident;
    }

    public LoadedModel model() {
        return resident.model();
    }

    /** @return the adapter that answers, or nothing where the model answers as it is */
    public Optional<AdapterRef> adapter() {
        return Optional.ofNullable(adapter).map(ResidentAdapter::ref);
    }

    /** @return what the engine wants for that adapter; null for none */
    @Nullable
    AdapterHandle handle() {
        return adapter == null ? null : adapter.handle();
    }

    /** Gives the hold back; idempotent. */
    @Override
    public void close() {
        if (returned.compareAndSet(false, true)) {
            resident.takeBack(adapter);
        }
    }
}
