package org.loupe.scoring;

import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;

/**
 * Where a model came from, so that it can be opened again.
 *
 * @param reference what somebody asked for
 * @param paths whether that may be a path; otherwise it is a bundled name or one in the store
 */
record ModelSource(String reference, boolean paths) {
    ModelPackage open(ModelResolver resolver) {
        return paths ? resolver.open(reference) : resolver.openNamed(reference);
    }
}
