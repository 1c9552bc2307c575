package org.loupe.engine;

import org.loupe.modelpackage.AdapterManifest;

/**
 * A resident adapter. Any engine of the same model package may run it, so that several devices share one. Safe for use by many threads;
 * one owner closes it.
 */
public interface AdapterHandle extends AutoCloseable {
    /** @return what the adapter is */
    AdapterManifest manifest();

    /**
     * Gives the adapter up; idempotent and without waiting. Runs under way finish with it and the last of them frees it; a run that begins
     * afterwards is refused with an {@link IllegalStateException}. The package may be closed once {@link #freed} says so.
     */
    @Override
    void close();

    /** @return whether it was closed and no run uses it any more */
    boolean freed();
}
