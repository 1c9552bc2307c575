package org.loupe.export;

import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.modelpackage.Manifest;

/** What other parts of the training tool need to know of packages before they exist. */
public final class OneAlignPackages {
    private OneAlignPackages() {}

    /** @return how a frame becomes pixels in any package of such a checkpoint */
    public static Manifest.Input input(OneAlignConfig config) {
        return OneAlignManifest.input(config);
    }
}
