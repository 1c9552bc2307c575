package org.loupe.scoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.loupe.batch.ScoreQueueFactory;
import org.loupe.engine.EngineFactory;
import org.loupe.modelpackage.AdapterStore;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.score.AdapterRef;
import org.loupe.score.ErrorReason;
import org.loupe.score.ModelRef;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that answer. Requests hold what they were let in with ({@link #lease}); loading, unloading and renaming replace one immutable
 * {@link Catalogue} by another, so that no request ever sees half a change. Owns packages, engines, queues and adapters. Safe for use by
 * many threads: changes of names are at once, loads come one after the other.
 */
public final class Models implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Models.class);

    private final ModelTable table = new ModelTable();
    private final ModelResolver resolver;
    private final AdapterStore adapters;
    private final ModelLoader loader;
    private final RoomRule room;
    private final Duration drain;
    private final RememberedModels remembered;
    /** Held while a model is loaded: two at once would both find the memory free. */
    private final ReentrantLock loading = new ReentrantLock();

    private volatile @Nullable Manifest beingLoaded;
    private final List<Resident> leaving = new CopyOnWriteArrayList<>();

    /** @throws ScoringException if one of the configured models cannot be found or loaded; nothing stays open then */
    Models(
            ModelConfig config,
            ModelResolver resolver,
            EngineFactory engines,
            ScoreQueueFactory queues,
            MemoryProbe memory) {
        this.resolver = resolver;
        this.adapters = new AdapterStore(resolver.store().root());
        this.loader = new ModelLoader(engines, queues);
        this.room = new RoomRule(memory);
        this.drain = config.drain();
        this.remembered = new RememberedModels(config, resolver.store().root());
        try {
            new FirstModels(table, resolver, adapters, loader).open(config, remembered);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** After every change that callers made. */
    private void remember() {
        if (!table.closed()) {
            remembered.write(table::now);
        }
    }

    /** @return every model that answers, the default first, then by name and version */
    public List<LoadedModel> all() {
        return table.now().all().stream().map(Resident::model).toList();
    }

    /** @return the model for requests that name none */
    public LoadedModel standard() {
        return find("");
    }

    /**
     * Looks without holding: it may be gone the next moment.
     *
     * @param name {@code name}, {@code name/version}, an alias, or empty for the default
     * @throws ScoringException MODEL_NOT_FOUND saying which there are; OVERLOADED while it is being replaced
     */
    public LoadedModel find(String name) {
        return table.now().find(name).model();
    }

    /**
     * Lets a request in. What it is given stays until the lease is closed, whatever is loaded or unloaded meanwhile.
     *
     * @param model as {@link #find}
     * @param adapter {@code name} or {@code name/version} of an adapter of that model, or empty for none
     * @return the caller closes it when the request is answered
     * @throws ScoringException as {@link #find}; ADAPTER_NOT_FOUND; SHUTTING_DOWN after {@link #close}
     */
    public ModelLease lease(String model, String adapter) {
        while (!table.closed()) {
            Optional<ModelLease> lease = table.now().find(model).lease(adapter);
            if (lease.isPresent()) {
                return lease.get();
            }
            // taken out of the catalogue between the two steps: the next look finds what came instead
            Thread.onSpinWait();
        }
        throw ModelTable.shuttingDown();
    }

    /** @return every model the server holds: those that answer as {@link #all}, then the one being loaded, then those that leave */
    public List<ModelStatus> list() {
        Catalogue now = table.now();
        List<ModelStatus> all = new ArrayList<>();
        now.all().forEach(model -> all.add(status(now, model)));
        Manifest coming = beingLoaded;
        if (coming != null) {
            all.add(new ModelStatus(coming, ModelStatus.State.LOADING, List.of(), List.of()));
        }
        leaving.forEach(model -> all.add(
                new ModelStatus(model.model().manifest(), ModelStatus.State.DRAINING, List.of(), model.adapters())));
        return all;
    }

    /** @throws ScoringException as {@link #find} */
    public ModelStatus status(String name) {
        Catalogue now = table.now();
        return status(now, now.find(name));
    }

    private static ModelStatus status(Catalogue now, Resident model) {
        return new ModelStatus(
                model.model().manifest(), ModelStatus.State.READY, now.aliasesOf(model.key()), model.adapters());
    }

    /**
     * Loads a model while the others answer, and returns when it answers too. After a failure everything is as it was.
     *
     * @throws ScoringException MODEL_NOT_FOUND, NOT_ALLOWED, MODEL_PACKAGE_INVALID, IO_FAILED about the package; MODEL_FAILED if its first
     *     run fails; INSUFFICIENT_MEMORY with the figures; MODEL_IN_USE if its name and version are taken by another package or its name by
     *     an alias; INVALID_REQUEST for an alias that is none
     */
    public LoadResult load(LoadRequest request) {
        if (!request.alias().isEmpty()) {
            ModelTable.requireAlias(request.alias());
        }
        loading.lock();
        try {
            table.requireOpen();
            ModelSource source = new ModelSource(request.reference(), request.paths());
            ModelPackage files = source.open(resolver);
            try {
                beingLoaded = files.manifest();
                LoadResult loaded = load(request, source, files);
                remember();
                return loaded;
            } finally {
                beingLoaded = null;
            }
        } finally {
            loading.unlock();
        }
    }

    /** @param files the registry's from now on */
    private LoadResult load(LoadRequest request, ModelSource source, ModelPackage files) {
        ModelRef ref = files.manifest().ref();
        List<Resident> replaced;
        boolean drainFirst;
        try {
            Resident same = table.now().ready().get(ref.toString());
            replaced = request.replace() ? replaced(request.alias(), ref) : List.of();
            table.requireFree(request.alias(), ref.name());
            if (same != null && same.model().ref().equals(ref)) {
                files.close();
                return retired(table.publish(same, replaced, request.alias(), true), replaced);
            }
            if (same != null && !replaced.contains(same)) {
                FirstModels.requireSame(same, ref);
            }
            if (table.now().aliases().containsKey(ref.name())) {
                throw new ScoringException(
                        ErrorReason.MODEL_IN_USE,
                        "'" + ref.name()
                                + "' is an alias on this server, so a model of that name could not be named; remove the alias first");
            }
            drainFirst = room.mustDrainFirst(files, replaced, table.now());
            files.verify();
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
        if (!drainFirst) {
            return retired(table.publish(loader.open(source, files, true), replaced, request.alias(), false), replaced);
        }
        int cutOff = makeRoom(replaced);
        Resident fresh;
        try {
            fresh = loader.open(source, files, true);
        } catch (RuntimeException | OutOfMemoryError e) {
            restore(replaced);
            throw e;
        }
        table.publish(fresh, replaced, request.alias(), false);
        return result(fresh, replaced, true, cutOff);
    }

    private LoadResult retired(Resident model, List<Resident> replaced) {
        return result(model, replaced, false, retire(replaced));
    }

    private LoadResult result(Resident model, List<Resident> replaced, boolean drainedFirst, int cutOff) {
        return new LoadResult(
                status(table.now(), model),
                replaced.stream().map(gone -> gone.model().ref()).toList(),
                drainedFirst,
                cutOff);
    }

    /** What a new model takes the place of; empty if that is itself. */
    private List<Resident> replaced(String alias, ModelRef ref) {
        Catalogue now = table.now();
        @Nullable Resident pointed = now.ready().get(now.aliases().getOrDefault(alias, ""));
        List<Resident> replaced = pointed != null ? List.of(pointed) : now.versions(ref.name());
        return replaced.stream()
                .filter(model -> !model.model().ref().equals(ref))
                .toList();
    }

    /** Takes models out of service before their successor is there. */
    private int makeRoom(List<Resident> replaced) {
        table.change(names -> {
            Set<String> gaps = new HashSet<>(names.gaps());
            replaced.forEach(model -> gaps.add(model.key()));
            return names.without(replaced).withGaps(gaps);
        });
        LOG.info("making room: {} answer no new requests until their successor is ready", replaced);
        return retire(replaced);
    }

    /** After a failed replacement; one that cannot be opened again is told about in the log, and its gap is closed. */
    private void restore(List<Resident> replaced) {
        for (Resident gone : replaced) {
            try {
                Resident back = loader.open(gone.source(), gone.source().open(resolver), false);
                for (ResidentAdapter adapter : gone.residentAdapters()) {
                    back.add(adapter.reference(), adapter.paths(), adapters.open(adapter.reference(), adapter.paths()));
                }
                table.change(names -> names.with(back));
                LOG.info("{} is back, its successor could not be loaded", back);
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.error("{} was freed for a model that could not be loaded, and could not be opened again", gone, e);
            }
        }
        table.change(names -> names.withGaps(Set.of()));
    }

    private int retire(Collection<Resident> models) {
        leaving.addAll(models);
        int cutOff = 0;
        for (Resident model : models) {
            cutOff += model.drain(drain);
            model.close();
            leaving.remove(model);
            LOG.info("{} is unloaded", model);
        }
        return cutOff;
    }

    /**
     * What unloading did.
     *
     * @param model which it was
     * @param cutOff requests that were unanswered when the drain time had passed
     */
    public record Unloaded(ModelRef model, int cutOff) {}

    /**
     * Takes a model out of service: no new requests, those it has are answered, then it is freed.
     *
     * @param name as {@link #find}
     * @throws ScoringException MODEL_NOT_FOUND; MODEL_IN_USE while an alias points to it
     */
    public Unloaded unload(String name) {
        Resident gone = table.take(name);
        remember();
        return new Unloaded(gone.model().ref(), retire(List.of(gone)));
    }

    /**
     * What setting an alias did.
     *
     * @param now what it points to
     * @param before what it pointed to; empty if it is new
     */
    public record Aliased(ModelRef now, Optional<ModelRef> before) {}

    /**
     * Points an alias to a model in one step. Requests let in before keep what they began with.
     *
     * @param target as {@link #find}; a name alone means its newest version now
     * @throws ScoringException INVALID_REQUEST if it is no alias, MODEL_IN_USE if a model has that name, MODEL_NOT_FOUND
     */
    public Aliased alias(String alias, String target) {
        Aliased pointed = table.alias(alias, target);
        remember();
        return pointed;
    }

    /**
     * @return what it pointed to
     * @throws ScoringException MODEL_NOT_FOUND if there is no such alias, MODEL_IN_USE for the default, which there must be
     */
    public Optional<ModelRef> removeAlias(String alias) {
        Optional<ModelRef> before = table.removeAlias(alias);
        remember();
        return before;
    }

    /**
     * What loading an adapter did.
     *
     * @param adapter which it was
     * @param model what it is loaded on
     */
    public record Adapted(AdapterRef adapter, ModelRef model) {}

    /**
     * Makes a taste adapter resident beside a model while requests are answered. Loading the same one again changes nothing.
     *
     * @param reference {@code name} or {@code name/version} in the store; a path only with {@code paths}
     * @param paths whether the reference may be a path
     * @param model as {@link #find}
     * @throws ScoringException ADAPTER_NOT_FOUND, NOT_ALLOWED, MODEL_PACKAGE_INVALID, IO_FAILED about the package; MODEL_NOT_FOUND;
     *     MODEL_IN_USE if another of its name and version is loaded
     */
    public Adapted loadAdapter(String reference, boolean paths, String model) {
        table.requireOpen();
        // held, so that the model is not freed while the adapter is being put beside it
        try (ModelLease base = lease(model, "")) {
            AdapterRef ref = base.resident().add(reference, paths, adapters.open(reference, paths));
            LOG.info("adapter {} is ready on {}", ref, base.model().ref());
            remember();
            return new Adapted(ref, base.model().ref());
        }
    }

    /**
     * Takes a taste adapter off a model: no new requests, those it has are answered, then it is freed.
     *
     * @param adapter {@code name} for its newest version, or {@code name/version}
     * @param model as {@link #find}
     * @throws ScoringException ADAPTER_NOT_FOUND, MODEL_NOT_FOUND
     */
    public AdapterRef unloadAdapter(String adapter, String model) {
        AdapterRef gone = table.now().find(model).remove(adapter, drain);
        remember();
        return gone;
    }

    /** Answers what the queues hold and frees everything; a load under way ends by itself and is thrown away. Idempotent. */
    @Override
    public void close() {
        List<Resident> all = table.close();
        all.addAll(leaving);
        all.forEach(Resident::close);
    }
}
