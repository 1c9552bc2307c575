package org.loupe.scoring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
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
    private static final Pattern ALIAS = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");
    /** More names than a person can keep apart; bounds what a caller can make us remember. */
    private static final int MOST_ALIASES = 256;

    private final ModelResolver resolver;
    private final AdapterStore adapters;
    private final ModelLoader loader;
    private final MemoryProbe memory;
    private final Duration drain;
    private final RememberedModels remembered;
    /** Held while a model is loaded: two at once would both find the memory free. */
    private final ReentrantLock loading = new ReentrantLock();
    /** Changed only under this object's lock, read without. */
    private volatile Catalogue catalogue = Catalogue.empty();

    private volatile @Nullable Manifest beingLoaded;
    private final List<Resident> leaving = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

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
        this.memory = memory;
        this.drain = config.drain();
        this.remembered = new RememberedModels(config, resolver.store().root());
        try {
            remembered.read().ifPresent(this::openRemembered);
            if (!catalogue.aliases().containsKey(Catalogue.DEFAULT)) {
                openConfigured(config);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void openConfigured(ModelConfig config) {
        Set<String> references = new LinkedHashSet<>();
        references.add(config.defaultModel());
        references.addAll(config.also());
        for (String reference : references) {
            ModelSource source = new ModelSource(reference, true);
            // not warmed: whoever scores one photo in this process would wait for three
            Resident opened = loader.open(source, source.open(resolver), false);
            Resident same = catalogue.ready().get(opened.key());
            if (same != null) {
                opened.close();
                requireSame(same, opened.model().ref());
            } else {
                change(names -> names.with(opened));
            }
            if (!catalogue.aliases().containsKey(Catalogue.DEFAULT)) {
                change(names -> names.withAlias(Catalogue.DEFAULT, opened.key()));
            }
        }
        config.adapters().forEach(this::loadConfigured);
    }

    /** What cannot be opened any more is told about in the log and left out. */
    private void openRemembered(RememberedModels.State state) {
        for (RememberedModels.Model model : state.models()) {
            try {
                ModelSource source = new ModelSource(model.paths() ? model.reference() : model.name(), model.paths());
                Resident opened = loader.open(source, source.open(resolver), false);
                change(names -> names.with(opened));
                for (RememberedModels.Adapter adapter : model.adapters()) {
                    try {
                        opened.add(
                                adapter.reference(),
                                adapter.paths(),
                                adapters.open(adapter.reference(), adapter.paths()));
                    } catch (RuntimeException e) {
                        LOG.warn("adapter {} was loaded on {} and cannot be opened any more", adapter, model.name(), e);
                    }
                }
            } catch (RuntimeException e) {
                LOG.warn("model {} was loaded before and cannot be opened any more", model.name(), e);
            }
        }
        state.aliases().forEach((alias, key) -> {
            if (catalogue.ready().containsKey(key)) {
                change(names -> names.withAlias(alias, key));
            } else {
                LOG.warn("alias {} pointed to {}, which is not there any more", alias, key);
            }
        });
    }

    /** After every change that callers made. */
    private void remember() {
        if (!closed) {
            remembered.write(catalogue);
        }
    }

    /** @param adapter its reference, or {@code reference@model} */
    private void loadConfigured(String adapter) {
        int at = Files.exists(Path.of(adapter)) ? -1 : adapter.lastIndexOf('@'); // directories may have such a name
        loadAdapter(at < 0 ? adapter : adapter.substring(0, at), true, at < 0 ? "" : adapter.substring(at + 1));
    }

    private synchronized void change(UnaryOperator<Catalogue> change) {
        catalogue = change.apply(catalogue);
    }

    /** @return every model that answers, the default first, then by name and version */
    public List<LoadedModel> all() {
        return catalogue.all().stream().map(Resident::model).toList();
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
        return catalogue.find(name).model();
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
        while (!closed) {
            Catalogue now = catalogue;
            Optional<ModelLease> lease = now.find(model).lease(adapter);
            if (lease.isPresent()) {
                return lease.get();
            }
            // taken out of the catalogue between the two steps: the next look finds what came instead
            Thread.onSpinWait();
        }
        throw shuttingDown();
    }

    private static ScoringException shuttingDown() {
        return new ScoringException(
                ErrorReason.SHUTTING_DOWN, "the server is stopping and takes no new work", null, Duration.ofSeconds(1));
    }

    /** @return every model the server holds: those that answer as {@link #all}, then the one being loaded, then those that leave */
    public List<ModelStatus> list() {
        Catalogue now = catalogue;
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
        Catalogue now = catalogue;
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
            requireAlias(request.alias());
        }
        loading.lock();
        try {
            requireOpen();
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
            Resident same = catalogue.ready().get(ref.toString());
            replaced = request.replace() ? replaced(request.alias(), ref) : List.of();
            requireFree(request.alias(), ref.name());
            if (same != null && same.model().ref().equals(ref)) {
                files.close();
                return retired(publish(same, replaced, request.alias(), true), replaced);
            }
            if (same != null && !replaced.contains(same)) {
                requireSame(same, ref);
            }
            if (catalogue.aliases().containsKey(ref.name())) {
                throw new ScoringException(
                        ErrorReason.MODEL_IN_USE,
                        "'" + ref.name()
                                + "' is an alias on this server, so a model of that name could not be named; remove the alias first");
            }
            drainFirst = mustDrainFirst(files, replaced);
            files.verify();
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
        if (!drainFirst) {
            return retired(publish(loader.open(source, files, true), replaced, request.alias(), false), replaced);
        }
        int cutOff = makeRoom(replaced);
        Resident fresh;
        try {
            fresh = loader.open(source, files, true);
        } catch (RuntimeException | OutOfMemoryError e) {
            restore(replaced);
            throw e;
        }
        publish(fresh, replaced, request.alias(), false);
        return result(fresh, replaced, true, cutOff);
    }

    private LoadResult retired(Resident model, List<Resident> replaced) {
        return result(model, replaced, false, retire(replaced));
    }

    private LoadResult result(Resident model, List<Resident> replaced, boolean drainedFirst, int cutOff) {
        return new LoadResult(
                status(catalogue, model),
                replaced.stream().map(gone -> gone.model().ref()).toList(),
                drainedFirst,
                cutOff);
    }

    /** What a new model takes the place of; empty if that is itself. */
    private List<Resident> replaced(String alias, ModelRef ref) {
        Catalogue now = catalogue;
        @Nullable Resident pointed = now.ready().get(now.aliases().getOrDefault(alias, ""));
        List<Resident> replaced = pointed != null ? List.of(pointed) : now.versions(ref.name());
        return replaced.stream()
                .filter(model -> !model.model().ref().equals(ref))
                .toList();
    }

    /** @return whether there is only room after the replaced have gone */
    private boolean mustDrainFirst(ModelPackage files, List<Resident> replaced) {
        Optional<MemoryProbe.Memory> read = memory.read();
        if (read.isEmpty() || catalogue.all().stream().noneMatch(Resident::onProcessor)) {
            return false; // cannot be told here: the operating system or, where models run on GPUs, the device has the
            // last word
        }
        long need = MemoryNeed.bytes(files);
        long available = read.get().availableBytes();
        if (need <= available) {
            return false;
        }
        long given = MemoryNeed.bytes(replaced.stream());
        if (need <= available + given && !replaced.isEmpty()) {
            return true;
        }
        throw new ScoringException(
                ErrorReason.INSUFFICIENT_MEMORY,
                MemoryNeed.words(files) + "; " + MemoryNeed.gib(available) + " of "
                        + MemoryNeed.gib(read.get().totalBytes()) + " are free; loaded are "
                        + String.join(
                                ", ",
                                catalogue.all().stream()
                                        .map(model ->
                                                model.key() + " (about " + MemoryNeed.gib(model.needBytes()) + ")")
                                        .toList())
                        + (replaced.isEmpty()
                                ? ". Unload one first, or load with replace: then the old model is drained and freed before the new one is loaded"
                                : ". That is too little even after " + replaced + " has gone"));
    }

    /** Takes models out of service before their successor is there. */
    private int makeRoom(List<Resident> replaced) {
        change(names -> {
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
                change(names -> names.with(back));
                LOG.info("{} is back, its successor could not be loaded", back);
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.error("{} was freed for a model that could not be loaded, and could not be opened again", gone, e);
            }
        }
        change(names -> names.withGaps(Set.of()));
    }

    /**
     * In one step: the new one in, the replaced out, their aliases moved, the alias set.
     *
     * @param again whether it is there already, and must be still
     */
    private Resident publish(Resident model, Collection<Resident> replaced, String alias, boolean again) {
        boolean there;
        synchronized (this) {
            there = !again || catalogue.ready().get(model.key()) == model;
            if (there && !closed) {
                Catalogue names = catalogue.without(replaced).with(model).withGaps(Set.of());
                for (Resident gone : replaced) {
                    for (String moved : names.aliasesOf(gone.key())) {
                        names = names.withAlias(moved, model.key());
                    }
                }
                catalogue = alias.isEmpty() ? names : names.withAlias(alias, model.key());
                LOG.info("{} is ready", model);
                return model;
            }
        }
        if (!there) {
            throw new ScoringException(
                    ErrorReason.MODEL_NOT_FOUND, model + " was unloaded by somebody else meanwhile; load it again");
        }
        model.close();
        throw shuttingDown();
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
        Resident gone;
        synchronized (this) {
            requireOpen();
            gone = catalogue.find(name);
            List<String> aliases = catalogue.aliasesOf(gone.key());
            if (!aliases.isEmpty()) {
                throw new ScoringException(
                        ErrorReason.MODEL_IN_USE,
                        gone + " is what " + String.join(", ", aliases)
                                + (aliases.size() == 1 ? " points" : " point")
                                + " to; point elsewhere first, or load another model with replace");
            }
            catalogue = catalogue.without(List.of(gone));
        }
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
        requireAlias(alias);
        synchronized (this) {
            requireOpen();
            Resident model = catalogue.find(target);
            requireFree(alias, "");
            Optional<ModelRef> before = pointed(alias);
            catalogue = catalogue.withAlias(alias, model.key());
            LOG.info("alias {} points to {}", alias, model);
            remember();
            return new Aliased(model.model().ref(), before);
        }
    }

    /**
     * @return what it pointed to
     * @throws ScoringException MODEL_NOT_FOUND if there is no such alias, MODEL_IN_USE for the default, which there must be
     */
    public Optional<ModelRef> removeAlias(String alias) {
        synchronized (this) {
            if (alias.equals(Catalogue.DEFAULT)) {
                throw new ScoringException(
                        ErrorReason.MODEL_IN_USE, "'default' cannot be removed, only pointed to another model");
            }
            if (!catalogue.aliases().containsKey(alias)) {
                throw new ScoringException(
                        ErrorReason.MODEL_NOT_FOUND,
                        "there is no alias '" + alias + "'; there are "
                                + String.join(", ", catalogue.aliases().keySet()));
            }
            Optional<ModelRef> before = pointed(alias);
            catalogue = catalogue.withoutAlias(alias);
            remember();
            return before;
        }
    }

    /** @param coming name of a model that is about to be loaded, or empty */
    private void requireFree(String alias, String coming) {
        if (!catalogue.versions(alias).isEmpty() || (!alias.isEmpty() && alias.equals(coming))) {
            throw new ScoringException(
                    ErrorReason.MODEL_IN_USE, "'" + alias + "' is the name of a loaded model; choose another alias");
        }
        if (!alias.isEmpty()
                && catalogue.aliases().size() >= MOST_ALIASES
                && !catalogue.aliases().containsKey(alias)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "there are " + MOST_ALIASES + " aliases already; remove one first");
        }
    }

    private Optional<ModelRef> pointed(String alias) {
        Catalogue now = catalogue;
        return Optional.ofNullable(now.ready().get(now.aliases().getOrDefault(alias, "")))
                .map(model -> model.model().ref());
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
        requireOpen();
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
        AdapterRef gone = catalogue.find(model).remove(adapter, drain);
        remember();
        return gone;
    }

    private static void requireAlias(String alias) {
        if (!ALIAS.matcher(alias).matches()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "'" + alias
                            + "' is no alias: 1 to 64 lower-case letters, digits and dashes, a letter or digit first");
        }
    }

    private static void requireSame(Resident loaded, ModelRef ref) {
        if (!loaded.model().ref().equals(ref)) {
            throw new ScoringException(
                    ErrorReason.MODEL_IN_USE,
                    "another package is loaded as " + ref + " (digest "
                            + loaded.model().ref().digest()
                            + "); give the new one another version, or load it with replace");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw shuttingDown();
        }
    }

    /** Answers what the queues hold and frees everything; a load under way ends by itself and is thrown away. Idempotent. */
    @Override
    public void close() {
        List<Resident> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(catalogue.ready().values());
        }
        all.addAll(leaving);
        all.forEach(Resident::close);
    }
}
