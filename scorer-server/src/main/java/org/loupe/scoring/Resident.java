package org.loupe.scoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.loupe.device.Device;
import org.loupe.engine.Engine;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.ModelStore;
import org.loupe.score.AdapterRef;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in memory with its adapters, and who holds them. Owns package, engine, queue and adapters. Nothing is freed while a request
 * holds it, unless the drain time has passed. Safe for use by many threads.
 */
final class Resident {
    private static final Logger LOG = LoggerFactory.getLogger(Resident.class);
    /** Oldest version of a name first. */
    private static final Comparator<ResidentAdapter> ORDER = Comparator.comparing(
                    (ResidentAdapter adapter) -> adapter.ref().name())
            .thenComparing(adapter -> adapter.ref().version(), ModelStore::compareVersions);
    /** An adapter no request holds is still used by the run of one that was cancelled, for as long as that run takes. */
    private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(5).toNanos();

    private final LoadedModel model;
    private final Engine engine;
    private final ModelSource source;
    private final long needBytes;
    private final CloseStack resources;
    private final List<ResidentAdapter> adapters = new ArrayList<>();
    private int leases;
    private boolean draining;

    /**
     * @param source what it was opened from
     * @param needBytes memory it was estimated to take
     * @param resources everything it is made of, queue last; this resident's from now on
     */
    Resident(LoadedModel model, Engine engine, ModelSource source, long needBytes, CloseStack resources) {
        this.model = model;
        this.engine = engine;
        this.source = source;
        this.needBytes = needBytes;
        this.resources = resources;
    }

    LoadedModel model() {
        return model;
    }

    ModelSource source() {
        return source;
    }

    long needBytes() {
        return needBytes;
    }

    /** @return whether it runs on the processor, whose memory it takes then */
    boolean onProcessor() {
        return engine.devices().contains(Device.CPU);
    }

    /** @return {@code name/version} */
    String key() {
        return model.ref().toString();
    }

    /**
     * @param adapter a name, {@code name/version}, or empty for none
     * @return nothing if the model takes no new requests
     * @throws ScoringException ADAPTER_NOT_FOUND saying which there are
     */
    synchronized Optional<ModelLease> lease(String adapter) {
        if (draining) {
            return Optional.empty();
        }
        @Nullable ResidentAdapter found = adapter.isEmpty() ? null : find(adapter);
        leases++;
        if (found != null) {
            found.leases++;
        }
        return Optional.of(new ModelLease(this, found));
    }

    synchronized void takeBack(@Nullable ResidentAdapter adapter) {
        leases--;
        if (adapter != null) {
            adapter.leases--;
        }
        notifyAll();
    }

    private ResidentAdapter find(String adapter) {
        return adapters.stream()
                .filter(each -> each.ref().toString().equals(adapter)
                        || each.ref().name().equals(adapter))
                .reduce((older, newer) -> newer)
                .orElseThrow(() -> new ScoringException(
                        ErrorReason.ADAPTER_NOT_FOUND,
                        "no adapter '" + adapter + "' is loaded on " + model.ref() + "; "
                                + (adapters.isEmpty()
                                        ? "none is"
                                        : "loaded are "
                                                + String.join(
                                                        ", ",
                                                        adapters.stream()
                                                                .map(each -> each.ref()
                                                                        .toString())
                                                                .toList()))));
    }

    /**
     * Makes an adapter resident. Loading the same one again changes nothing.
     *
     * @param reference what it was found as
     * @param paths whether that may be a path
     * @param files this resident's from now on, also after a failure
     * @throws ScoringException MODEL_PACKAGE_INVALID if it does not fit, MODEL_IN_USE if another of its name and version is loaded
     */
    AdapterRef add(String reference, boolean paths, AdapterPackage files) {
        ResidentAdapter added = null;
        try {
            AdapterRef ref = new AdapterRef(
                    files.manifest().name(),
                    files.manifest().version(),
                    files.manifest().digest());
            if (loaded(ref)) {
                return ref;
            }
            ResidentAdapter fresh = new ResidentAdapter(reference, paths, files, engine.addAdapter(files));
            if (publish(fresh)) {
                added = fresh;
            } else {
                fresh.handle().close();
                requireLoaded(ref);
            }
            return ref;
        } finally {
            if (added == null) {
                files.close();
            }
        }
    }

    private synchronized boolean publish(ResidentAdapter fresh) {
        if (draining || loaded(fresh.ref())) {
            return false;
        }
        adapters.add(fresh);
        adapters.sort(ORDER);
        return true;
    }

    /** Somebody else was faster, or the model has left meanwhile. */
    private void requireLoaded(AdapterRef ref) {
        if (!loaded(ref)) {
            throw new ScoringException(ErrorReason.MODEL_NOT_FOUND, model.ref() + " is being unloaded");
        }
    }

    private synchronized boolean loaded(AdapterRef ref) {
        for (ResidentAdapter each : adapters) {
            if (each.ref().toString().equals(ref.toString())) {
                if (each.ref().equals(ref)) {
                    return true;
                }
                throw new ScoringException(
                        ErrorReason.MODEL_IN_USE,
                        "another adapter " + ref + " is loaded on " + model.ref()
                                + "; give the new one another version, or unload the old one first");
            }
        }
        return false;
    }

    /**
     * Takes an adapter off: no new requests, those that hold it are answered, then it is freed.
     *
     * @throws ScoringException ADAPTER_NOT_FOUND saying which there are
     */
    AdapterRef remove(String adapter, Duration drain) {
        ResidentAdapter leaving;
        synchronized (this) {
            leaving = find(adapter);
            adapters.remove(leaving);
        }
        int left = await(drain, () -> leaving.leases);
        if (left > 0) {
            LOG.warn("adapter {} was still held by {} requests after {}; they are cut off", leaving.ref(), left, drain);
        }
        free(leaving, drain);
        return leaving.ref();
    }

    private static void free(ResidentAdapter adapter, Duration drain) {
        adapter.handle().close();
        long start = System.nanoTime();
        while (!adapter.handle().freed() && System.nanoTime() - start < drain.toNanos()) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        if (adapter.handle().freed()) {
            adapter.files().close();
        } else {
            LOG.warn(
                    "adapter {} is still in a run after {}; its files stay until this process ends",
                    adapter.ref(),
                    drain);
        }
    }

    /** @return the adapters requests may name, by name and version */
    synchronized List<AdapterRef> adapters() {
        return adapters.stream().map(ResidentAdapter::ref).toList();
    }

    /** @return the same, as they were loaded */
    synchronized List<ResidentAdapter> residentAdapters() {
        return List.copyOf(adapters);
    }

    synchronized boolean draining() {
        return draining;
    }

    /**
     * Takes no new requests and waits for those it has; idempotent.
     *
     * @return how many still hold it after that time
     */
    int drain(Duration longest) {
        synchronized (this) {
            draining = true;
        }
        int left = await(longest, () -> leases);
        if (left > 0) {
            LOG.warn("model {} was still held by {} requests after {}; they are cut off", model.ref(), left, longest);
        }
        return left;
    }

    /** Counts under the lock. */
    private interface Count {
        int now();
    }

    private synchronized int await(Duration longest, Count held) {
        long start = System.nanoTime();
        boolean interrupted = false;
        while (held.now() > 0) {
            long leftMillis = (longest.toNanos() - (System.nanoTime() - start)) / 1_000_000;
            if (leftMillis <= 0 || interrupted) {
                break;
            }
            try {
                wait(leftMillis);
            } catch (InterruptedException e) {
                interrupted = true; // whoever interrupts does not want to wait for the rest
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return held.now();
    }

    /** Answers what is in its queue, then frees everything; idempotent. */
    void close() {
        synchronized (this) {
            draining = true;
        }
        resources.close();
    }

    /** For the stack of resources: after the queue, before the engine. */
    void closeAdapters() {
        List<ResidentAdapter> all;
        synchronized (this) {
            all = List.copyOf(adapters);
            adapters.clear();
        }
        all.forEach(each -> free(each, Duration.ZERO));
    }

    @Override
    public String toString() {
        return key();
    }
}
