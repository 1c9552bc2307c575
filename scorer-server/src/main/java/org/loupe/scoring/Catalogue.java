package org.loupe.scoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.loupe.modelpackage.ModelStore;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Which name leads where: one immutable state, replaced as a whole, so that a reader sees a change entirely or not at all.
 *
 * @param ready models that take requests, by {@code name/version}
 * @param aliases alias to {@code name/version}, sorted; {@value #DEFAULT} among them
 * @param gaps {@code name/version} of models that were freed so that others could be loaded in their place
 */
record Catalogue(Map<String, Resident> ready, Map<String, String> aliases, Set<String> gaps) {
    /** The alias of the model for requests that name none. */
    static final String DEFAULT = "default";

    /** A large model is loaded in some ten seconds; callers come back often enough to see it at once, seldom enough to be cheap. */
    private static final Duration GAP_RETRY = Duration.ofSeconds(2);

    private static final Comparator<Resident> BY_NAME = Comparator.comparing(
                    (Resident model) -> model.model().ref().name())
            .thenComparing(model -> model.model().ref().version(), ModelStore::compareVersions);

    Catalogue {
        ready = Map.copyOf(ready);
        aliases = Collections.unmodifiableMap(new TreeMap<>(aliases));
        gaps = Set.copyOf(gaps);
    }

    static Catalogue empty() {
        return new Catalogue(Map.of(), Map.of(), Set.of());
    }

    Catalogue with(Resident added) {
        Map<String, Resident> more = new TreeMap<>(ready);
        more.put(added.key(), added);
        Set<String> fewer = new HashSet<>(gaps);
        fewer.remove(added.key());
        return new Catalogue(more, aliases, fewer);
    }

    Catalogue without(Collection<Resident> gone) {
        Map<String, Resident> fewer = new TreeMap<>(ready);
        gone.forEach(model -> fewer.remove(model.key(), model));
        return new Catalogue(fewer, aliases, gaps);
    }

    Catalogue withGaps(Set<String> keys) {
        return new Catalogue(ready, aliases, keys);
    }

    Catalogue withAlias(String alias, String key) {
        Map<String, String> more = new TreeMap<>(aliases);
        more.put(alias, key);
        return new Catalogue(ready, more, gaps);
    }

    Catalogue withoutAlias(String alias) {
        Map<String, String> fewer = new TreeMap<>(aliases);
        fewer.remove(alias);
        return new Catalogue(ready, fewer, gaps);
    }

    /** @return the aliases that lead to that {@code name/version} */
    List<String> aliasesOf(String key) {
        return aliases.keySet().stream()
                .filter(alias -> key.equals(aliases.get(alias)))
                .toList();
    }

    /** @return the default first, then by name and version, oldest version first */
    List<Resident> all() {
        List<Resident> sorted = new ArrayList<>(ready.values());
        sorted.sort(BY_NAME);
        Optional.ofNullable(ready.get(aliases.getOrDefault(DEFAULT, ""))).ifPresent(first -> {
            sorted.remove(first);
            sorted.add(0, first);
        });
        return sorted;
    }

    /** @return ready models of that name, oldest version first */
    List<Resident> versions(String name) {
        return ready.values().stream()
                .filter(model -> model.model().ref().name().equals(name))
                .sorted(BY_NAME)
                .toList();
    }

    /**
     * @param name {@code name} for its newest version, {@code name/version}, an alias, or empty for the default
     * @throws ScoringException MODEL_NOT_FOUND saying which there are; OVERLOADED with a delay while it is being replaced
     */
    Resident find(String name) {
        String wanted = name.isEmpty() ? DEFAULT : name;
        String key = aliases.getOrDefault(wanted, wanted);
        Resident exact = ready.get(key);
        if (exact != null) {
            return exact;
        }
        List<Resident> versions = versions(key);
        if (!versions.isEmpty()) {
            return versions.get(versions.size() - 1);
        }
        if (gaps.stream().anyMatch(gap -> gap.equals(key) || gap.startsWith(key + "/"))) {
            throw new ScoringException(
                    ErrorReason.OVERLOADED,
                    "the model " + key
                            + " is being replaced, which takes as long as the new one takes to load; try again",
                    null,
                    GAP_RETRY);
        }
        throw new ScoringException(
                ErrorReason.MODEL_NOT_FOUND,
                "no model '" + wanted + "' is loaded; loaded are "
                        + String.join(", ", all().stream().map(Resident::key).toList())
                        + (aliases.isEmpty() ? "" : "; aliases are " + String.join(", ", aliases.keySet())));
    }
}
