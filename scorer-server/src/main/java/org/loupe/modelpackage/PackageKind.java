package org.loupe.modelpackage;

import java.io.IOException;
import java.nio.file.Path;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** The two kinds of package: each is a directory that is known by its manifest. */
enum PackageKind {
    MODEL(ModelPackage.MANIFEST, "a", "model package"),
    ADAPTER(AdapterPackage.MANIFEST, "an", "adapter package");

    private final String manifest;
    private final String article;
    private final String noun;

    PackageKind(String manifest, String article, String noun) {
        this.manifest = manifest;
        this.article = article;
        this.noun = noun;
    }

    /** @return the manifest's file name */
    String manifest() {
        return manifest;
    }

    /** @return what it is called in a message, with its article */
    String words() {
        return article + " " + noun;
    }

    /** @return what it is called in a message */
    String noun() {
        return noun;
    }

    ScoringException unreadable(Path location, IOException cause) {
        return new ScoringException(
                ErrorReason.IO_FAILED, "the " + noun + " at " + location + " cannot be read: " + cause, cause);
    }

    ScoringException unwritable(Path place, IOException cause) {
        return new ScoringException(
                ErrorReason.IO_FAILED, "the " + noun + " at " + place + " cannot be written: " + cause, cause);
    }
}
