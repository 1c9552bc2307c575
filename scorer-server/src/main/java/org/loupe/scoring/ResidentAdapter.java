package org.loupe.scoring;

import org.loupe.engine.AdapterHandle;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.score.AdapterRef;

/** An adapter beside its model. Owned and guarded by its {@link Resident}. */
final class ResidentAdapter {
    private final String reference;
    private final boolean paths;
    private final AdapterPackage files;
    private final AdapterHandle handle;
    private final AdapterRef ref;
    /** Requests that hold it; guarded by the resident's lock. */
    int leases;

    ResidentAdapter(String reference, boolean paths, AdapterPackage files, AdapterHandle handle) {
        this.reference = reference;
        this.paths = paths;
        this.files = files;
        this.handle = handle;
        this.ref = new AdapterRef(
                files.manifest().name(),
                files.manifest().version(),
                files.manifest().digest());
    }

    AdapterRef ref() {
        return ref;
    }

    AdapterHandle handle() {
        return handle;
    }

    AdapterPackage files() {
        return files;
    }

    /** @return what it was loaded as, to load it again */
    String reference() {
        return reference;
    }

    /** @return whether that may be a path */
    boolean paths() {
        return paths;
    }
}
