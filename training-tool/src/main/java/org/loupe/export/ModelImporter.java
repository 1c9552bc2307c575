package org.loupe.export;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelPackageWriter;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Checkpoint to model package. Heap stays flat whatever the size; a package appears whole or not at all. */
public final class ModelImporter {
    // Graph, papers and manifest besides the weights, and room for the file system to breathe.
    private static final long SPARE_BYTES = 64L << 20;

    private ModelImporter() {}

    /** Told how far an import is. */
    @FunctionalInterface
    public interface Progress {
        /**
         * @param step what is being done
         * @param done how much of it, rising from 0
         * @param total the value of {@code done} at its end
         */
        void at(String step, long done, long total);
    }

    /**
     * Imports one checkpoint.
     *
     * @throws ScoringException CHECKPOINT_INVALID naming everything wrong with the checkpoint; INVALID_REQUEST if the target is taken;
     *     IO_FAILED if something cannot be read or written, or the disk is too small
     */
    public static void run(ModelImport request, Progress progress) {
        run(request, OneAlignPrompts.of(request.family(), request.promptOrder()), progress);
    }

    /**
     * The same import, but every text stands behind the picture, all but its first token, so that nothing of it is a constant: as much work a
     * run as a graph that computes its prompts from beginning to end. For measuring what the constants save; its scores mean nothing.
     *
     * @throws ScoringException as {@link #run}
     */
    public static void runWithoutConstantPrefix(ModelImport request, Progress progress) {
        run(
                request,
                OneAlignPrompts.of(request.family(), request.promptOrder()).stream()
                        .map(OneAlignPrompts.Prompt::behindThePicture)
                        .toList(),
                progress);
    }

    private static void run(ModelImport request, List<OneAlignPrompts.Prompt> prompts, Progress progress) {
        if (!Files.isDirectory(request.checkpoint())) {
            throw new ScoringException(
                    ErrorReason.CHECKPOINT_INVALID, request.checkpoint() + " is no checkpoint directory");
        }
        try (ModelPackageWriter writer = ModelPackageWriter.to(request.out())) {
            try {
                write(request, prompts, writer, progress);
            } catch (IOException e) {
                throw new ScoringException(
                        ErrorReason.IO_FAILED,
                        "the import of " + request.checkpoint() + " failed: " + e.getMessage(),
                        e);
            }
        }
    }

    private static void write(
            ModelImport request, List<OneAlignPrompts.Prompt> prompts, ModelPackageWriter writer, Progress progress)
            throws IOException {
        OneAlignConfig config;
        List<String> optionalInputs;
        // The tensors first: whatever else is wrong, a pickle that asks for more than tensors is what to hear of.
        try (Checkpoint checkpoint = Checkpoints.open(request.checkpoint())) {
            config = OneAlignConfig.read(request.checkpoint());
            if (request.precision().quantised()) {
                progress.at("weighing features against each other", 0, 0);
            }
            GraphBuilder graph = OneAlignGraph.build(
                    config,
                    checkpoint,
                    prompts,
                    request.maxFrames(),
                    request.adapters(),
                    request.precision(),
                    done -> {}); // a small part of writing the weights
            optionalInputs = graph.optionalInputs();
            requireSpace(writer.directory(), graph.dataBytes());
            graph.write(writer.directory(), done -> progress.at("writing weights", done, graph.dataBytes()));
        }
        Manifest manifest = OneAlignManifest.of(config, request, optionalInputs);
        text(writer.directory(), ModelPackage.LICENCE, licence(request));
        text(writer.directory(), ModelPackage.CARD, OneAlignCard.of(config, request));
        progress.at("computing the digest", 0, 1);
        writer.finish(manifest).close();
        progress.at("computing the digest", 1, 1);
    }

    /**
     * Checks the disk before gigabytes are written to it.
     *
     * @param directory where a package is being written
     * @param weightBytes what its weights take
     * @throws ScoringException IO_FAILED if the disk has no room for them
     */
    public static void requireSpace(Path directory, long weightBytes) throws IOException {
        long free = Files.getFileStore(directory).getUsableSpace();
        if (free < weightBytes + SPARE_BYTES) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED,
                    String.format(
                            Locale.ROOT,
                            "the package takes %.1f GB, the disk below %s has %.1f GB left",
                            (weightBytes + SPARE_BYTES) / 1e9,
                            directory.getParent(),
                            free / 1e9));
        }
    }

    /** Our own words, then what the checkpoint brought, so that its terms travel with its weights. */
    private static String licence(ModelImport request) throws IOException {
        StringBuilder text = new StringBuilder("The weights in this package were imported from the checkpoint "
                + request.checkpointName() + ". They are not part of Loupe and Loupe's licence does not cover them.\n"
                + "Terms stated at the import: " + request.licence().id() + ", commercial use: "
                + request.licence().commercialUse() + ".\n");
        if (request.licence().url() != null) {
            text.append("See ").append(request.licence().url()).append('\n');
        }
        for (String name : new String[] {"LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE"}) {
            Path own = request.checkpoint().resolve(name);
            // Papers are short; what is longer is something else under that name.
            if (Files.isRegularFile(own) && Files.size(own) < 1 << 20) {
                text.append("\n---- ").append(name).append(" of the checkpoint ----\n\n");
                text.append(new String(Files.readAllBytes(own), StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }

    private static void text(Path directory, String name, String content) throws IOException {
        Files.writeString(directory.resolve(name), content);
    }
}
