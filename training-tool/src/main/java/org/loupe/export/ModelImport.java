package org.loupe.export;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * What to import, and as what.
 *
 * @param checkpoint directory in the Hugging Face layout
 * @param out the package directory to come; must not exist or be empty
 * @param name model name, lower-case letters, digits and dashes
 * @param version version within the name
 * @param precision in what numbers the package keeps its weights
 * @param licence the terms of the weights, as the person who imports them states them
 * @param revision revision of the checkpoint, when known
 * @param maxFrames most frames of a clip looked at together, 1 to {@value #MOST_FRAMES}
 * @param adapters what an adapter may change in the package
 * @param family what the network was trained to answer
 * @param promptOrder how the answer is begun
 */
public record ModelImport(
        Path checkpoint,
        Path out,
        String name,
        String version,
        Precision precision,
        Manifest.Licence licence,
        @Nullable String revision,
        int maxFrames,
        AdapterTargets adapters,
        ModelFamily family,
        PromptOrder promptOrder) {
    /** A minute of video at one frame a second; longer ones are looked at in segments. */
    public static final int DEFAULT_MAX_FRAMES = 64;
    /** What a manifest allows. */
    public static final int MOST_FRAMES = 1024;

    public ModelImport {
        if (maxFrames < 1 || maxFrames > MOST_FRAMES) {
            throw invalid("a clip has 1 to " + MOST_FRAMES + " frames, not " + maxFrames);
        }
    }

    /** An import of a package that takes no adapters. */
    public ModelImport(
            Path checkpoint,
            Path out,
            String name,
            String version,
            Precision precision,
            Manifest.Licence licence,
            @Nullable String revision,
            int maxFrames) {
        this(
                checkpoint,
                out,
                name,
                version,
                precision,
                licence,
                revision,
                maxFrames,
                AdapterTargets.NONE,
                ModelFamily.ONE_ALIGN,
                PromptOrder.PAPER);
    }

    /** @return the same import of a package that takes such adapters */
    public ModelImport withAdapters(AdapterTargets targets) {
        return new ModelImport(
                checkpoint, out, name, version, precision, licence, revision, maxFrames, targets, family, promptOrder);
    }

    /** @return the same import of a network of another family, or asked in another order */
    public ModelImport withPrompts(ModelFamily trained, PromptOrder order) {
        return new ModelImport(
                checkpoint, out, name, version, precision, licence, revision, maxFrames, adapters, trained, order);
    }

    /** @return the last part of the checkpoint's path: enough to know it by, and no word on the machine it lay on */
    String checkpointName() {
        Path last = checkpoint.toAbsolutePath().normalize().getFileName();
        return last == null ? "checkpoint" : last.toString();
    }

    private static ScoringException invalid(String what) {
        return new ScoringException(ErrorReason.INVALID_REQUEST, what);
    }
}
