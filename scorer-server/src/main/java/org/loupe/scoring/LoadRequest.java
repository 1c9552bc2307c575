package org.loupe.scoring;

/**
 * A model to load.
 *
 * @param reference a bundled name, or {@code name} or {@code name/version} in the store; a path only with {@code paths}
 * @param paths whether the reference may be a path
 * @param alias to point to the model once it is ready; empty for none
 * @param replace whether it takes the place of what the alias points to, or, without such an alias, of the versions of its name
 */
public record LoadRequest(String reference, boolean paths, String alias, boolean replace) {}
