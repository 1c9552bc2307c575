package org.loupe.export;

import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.modelpackage.Manifest;

/** What a manifest says of a OneAlign network. */
final class OneAlignManifest {
    private OneAlignManifest() {}

    /** How a frame becomes pixels, by the checkpoint's own preprocessor configuration. */
    static Manifest.Input input(OneAlignConfig config) {
        return new Manifest.Input(
                Manifest.Mode.PAD_SQUARE,
                config.vision().imageSide(),
                config.input().padColour(),
                null,
                null,
                config.input().mean(),
                config.input().std(),
                "pillow-bicubic");
    }
}
