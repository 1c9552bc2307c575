package org.loupe.scoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.loupe.score.ErrorReason;
import org.loupe.score.ModelRef;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which models answer and by which names: one {@link Catalogue}, replaced as a whole, so that no reader ever sees half a change. Knows nothing of
 * how models are loaded and frees none. Readers need no lock; changes are made under this object's.
 */
final class ModelTable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelTable.class);
    private static final Pattern ALIAS = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");
    /** More names than a person can keep apart; bounds what a caller can make us remember. */
    private static final int MOST_ALIASES = 256;

    private volatile Catalogue catalogue = Catalogue.empty();
    private volatile boolean closed;

    /** @return the state now; it does not change any more, the next one takes its place */
    Catalogue now() {
        return catalogue;
    }

    boolean closed() {
        return closed;
    }

    synchronized void change(UnaryOperator<Catalogue> change) {
        catalogue = change.apply(catalogue);
    }

    /** @throws ScoringException SHUTTING_DOWN after {@link #close} */
    void requireOpen() {
        if (closed) {
            throw shuttingDown();
        }
    }

    static ScoringException shuttingDown() {
        return new ScoringException(
                ErrorReason.SHUTTING_DOWN, "the server is stopping and takes no new work", null, Duration.ofSeconds(1));
    }

    /**
     * In one step: the new one in, the replaced out, their aliases moved, the alias set.
     *
     * @param alias or empty for none
     * @param again whether it is there already, and must be still
     * @throws ScoringException MODEL_NOT_FOUND if it had to be there and is not; SHUTTING_DOWN, and then the model is freed
     */
    Resident publish(Resident model, Collection<Resident> replaced, String alias, boolean again) {
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

    /**
     * Takes a model out, so that no request finds it any more.
     *
     * @throws ScoringException MODEL_NOT_FOUND; MODEL_IN_USE while an alias points to it
     */
    synchronized Resident take(String name) {
        requireOpen();
        Resident gone = catalogue.find(name);
        List<String> aliases = catalogue.aliasesOf(gone.key());
        if (!aliases.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.MODEL_IN_USE,
                    gone + " is what " + String.join(", ", aliases) + (aliases.size() == 1 ? " points" : " point")
                            + " to; point elsewhere first, or load another model with replace");
        }
        catalogue = catalogue.without(List.of(gone));
        return gone;
    }

    /** @throws ScoringException as {@link Models#alias} */
    synchronized Models.Aliased alias(String alias, String target) {
        requireAlias(alias);
        requireOpen();
        Resident model = catalogue.find(target);
        requireFree(alias, "");
        Optional<ModelRef> before = pointed(alias);
        catalogue = catalogue.withAlias(alias, model.key());
        LOG.info("alias {} points to {}", alias, model);
        return new Models.Aliased(model.model().ref(), before);
    }

    /** @throws ScoringException as {@link Models#removeAlias} */
    synchronized Optional<ModelRef> removeAlias(String alias) {
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
        return before;
    }

    /**
     * @param coming name of a model that is about to be loaded, or empty
     * @throws ScoringException MODEL_IN_USE if a model has that name, INVALID_REQUEST if there are too many aliases
     */
    void requireFree(String alias, String coming) {
        Catalogue names = catalogue;
        if (!names.versions(alias).isEmpty() || (!alias.isEmpty() && alias.equals(coming))) {
            throw new ScoringException(
                    ErrorReason.MODEL_IN_USE, "'" + alias + "' is the name of a loaded model; choose another alias");
        }
        if (!alias.isEmpty()
                && names.aliases().size() >= MOST_ALIASES
                && !names.aliases().containsKey(alias)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "there are " + MOST_ALIASES + " aliases already; remove one first");
        }
    }

    /** @throws ScoringException INVALID_REQUEST if it is no alias */
    static void requireAlias(String alias) {
        if (!ALIAS.matcher(alias).matches()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "'" + alias
                            + "' is no alias: 1 to 64 lower-case letters, digits and dashes, a letter or digit first");
        }
    }

    private Optional<ModelRef> pointed(String alias) {
        Catalogue names = catalogue;
        return Optional.ofNullable(names.ready().get(names.aliases().getOrDefault(alias, "")))
                .map(model -> model.model().ref());
    }

    /** @return the models that answered; nothing is published from now on */
    synchronized List<Resident> close() {
        closed = true;
        return new ArrayList<>(catalogue.ready().values());
    }
}
