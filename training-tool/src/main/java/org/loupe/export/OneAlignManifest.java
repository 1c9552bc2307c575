package org.loupe.export;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.PackageDigest;
import org.loupe.score.Level;

/** What a manifest says of an imported OneAlign network. */
final class OneAlignManifest {
    private OneAlignManifest() {}

    /** @param adapterTargets the graph's optional inputs */
    static Manifest of(OneAlignConfig config, ModelImport request, List<String> adapterTargets) {
        return new Manifest(
                Manifest.SCHEMA_VERSION,
                request.name(),
                request.version(),
                PackageDigest.NONE_YET,
                new Manifest.Source(request.checkpointName(), request.revision()),
                request.licence(),
                input(config),
                levels(),
                OneAlignPrompts.of(request.family(), request.promptOrder()).stream()
                        .map(OneAlignPrompts.Prompt::spec)
                        .toList(),
                new Manifest.Limits(request.maxFrames()),
                request.precision().id(),
                adapterTargets,
                List.of(),
                List.of(),
                Map.of(
                        "madeBy",
                        "loupe model import",
                        ModelFamily.KEY,
                        request.family().id(),
                        PromptOrder.KEY,
                        request.promptOrder().id(),
                        NetworkDimensions.KEY,
                        NetworkDimensions.text(config)));
    }

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

    private static List<Manifest.LevelSpec> levels() {
        return Arrays.stream(Level.values())
                .map(level -> new Manifest.LevelSpec(level.id(), level.weight()))
                .toList();
    }
}
