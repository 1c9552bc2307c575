package org.loupe.export.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.loupe.export.ModelImporter;
import org.loupe.export.Precision;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelPackageWriter;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** An fp32 package to one of fewer bits. The new package appears whole or not at all; the old one is only read. */
final class PackageConversion {
    /** What the new package has of its own; everything else is copied. */
    private static final Set<String> WRITTEN =
            Set.of(ModelPackage.MANIFEST, ModelPackage.GRAPH, ModelPackage.WEIGHTS, ModelPackage.CARD);

    private PackageConversion() {}

    /**
     * @param source stays the caller's
     * @param precision below fp32
     * @param name of the new package, or nothing for the old one's with the precision behind it
     * @param out the package's directory to come
     * @param progress told the bytes of the weights dealt with so far
     * @return what was packed, and the new manifest
     * @throws ScoringException INVALID_REQUEST if the package cannot be converted or {@code out} is taken, MODEL_PACKAGE_INVALID if its graph
     *     does not hold together, IO_FAILED if something cannot be read or written
     */
    static Converted run(
            ModelPackage source, Precision precision, Optional<String> name, Path out, LongConsumer progress) {
        Manifest before = source.manifest();
        requireExact(before);
        try (ModelPackageWriter writer = ModelPackageWriter.to(out)) {
            GraphConversion graph = new GraphConversion(source.directory(), precision);
            ModelImporter.requireSpace(writer.directory(), source.sizeBytes());
            GraphConversion.Result result = graph.write(writer.directory(), progress);
            copyPapers(source.directory(), writer.directory());
            Files.writeString(
                    writer.directory().resolve(ModelPackage.CARD),
                    Files.readString(source.directory().resolve(ModelPackage.CARD)) + card(before, precision, result));
            Manifest manifest = manifest(before, precision, name.orElseGet(() -> before.name() + "-" + precision.id()));
            try (ModelPackage written = writer.finish(manifest)) {
                return new Converted(result, written.manifest());
            }
        } catch (IOException e) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED, "the conversion of " + before.ref() + " failed: " + e.getMessage(), e);
        }
    }

    /**
     * What came of it.
     *
     * @param graph what was packed
     * @param manifest of the new package
     */
    record Converted(GraphConversion.Result graph, Manifest manifest) {}

    private static void requireExact(Manifest manifest) {
        if (!manifest.precision().equals(Precision.FP32.id())) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    manifest.ref() + " is kept in " + manifest.precision()
                            + "; only fp32 packages can be converted, because rounding twice is worse than once");
        }
        if (manifest.adapterTargets() != null && !manifest.adapterTargets().isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    manifest.ref() + " takes taste adapters, which are laid out for the precision of their base: "
                            + "import its checkpoint with --precision instead");
        }
    }

    private static void copyPapers(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path relative = source.relativize(file);
                if (!WRITTEN.contains(relative.toString())) {
                    Path copy = target.resolve(relative.toString());
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        }
    }

    private static String card(Manifest before, Precision precision, GraphConversion.Result result) {
        return String.format(
                Locale.ROOT,
                "%n## Precision%n%n"
                        + "Converted from %s (digest %s): %d matrices with %,d weights are kept as %s. Everything else, whatever is computed "
                        + "from the pixels included, is as it was. Figures above were measured with the fp32 package; how far the scores of this one "
                        + "are from those stands in `model.json` under `deviation`, once it was measured.%n",
                before.ref(),
                before.digest(),
                result.matrices(),
                result.weights(),
                switch (precision) {
                    case FP32 -> "fp32";
                    case FP16 -> "16-bit floating point numbers";
                    case INT8 -> "whole numbers of 8 bits with one scale an output";
                    case INT4 -> "whole numbers of 4 bits with one scale for 32 inputs of an output";
                });
    }

    private static Manifest manifest(Manifest before, Precision precision, String name) {
        Map<String, String> provenance =
                new TreeMap<>(Optional.ofNullable(before.provenance()).orElse(Map.of()));
        provenance.put("converted.from", before.ref().toString());
        provenance.put("converted.digest", before.digest());
        return new Manifest(
                before.schemaVersion(),
                name,
                before.version(),
                before.digest(), // replaced by the writer
                before.source(),
                before.licence(),
                before.input(),
                before.levels(),
                before.prompts(),
                before.limits(),
                precision.id(),
                List.of(),
                List.of(), // measured with other numbers
                List.of(),
                provenance);
    }
}
