package org.loupe.export.convert;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.export.Precision;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import picocli.CommandLine;

/** {@code loupe model convert}. */
@CommandLine.Command(
        name = "convert",
        sortOptions = false,
        description = {
            "Writes a package a second time with its matrices in fewer bits: a smaller file, scores a little off.",
            "REF is an fp32 package: a bundled name, a directory or zip, or name/version in the model store. For a large model import"
                    + " its checkpoint with --precision instead: that makes its products faster, too."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  loupe model convert loupe-small --precision int8 --out models/loupe-small-int8",
            "  loupe model deviation --model models/loupe-small-int8 --against loupe-small --record"
        })
final class ModelConvertCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(paramLabel = "REF", description = "the package to convert")
    private String model;

    @CommandLine.Option(
            names = "--precision",
            required = true,
            paramLabel = "fp16|int8|int4",
            description =
                    "fp16: halves; int8: a byte a weight, one scale an output; int4: half a byte, one scale for 32 inputs")
    private Precision precision;

    @CommandLine.Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "the package itself: DIR will hold model.json; must not exist or be empty")
    private Path out;

    @CommandLine.Option(
            names = "--name",
            paramLabel = "NAME",
            description = "name in the manifest (default: the old one, a dash and the precision)")
    private @Nullable String name;

    @Override
    public Integer call() {
        if (precision == Precision.FP32) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--precision must be fp16, int8 or int4: fp32 is what is converted");
        }
        PackageConversion.Converted converted;
        try (ModelPackage source = ModelResolver.standard().open(model);
                ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            long total = source.sizeBytes();
            converted = PackageConversion.run(
                    source,
                    precision,
                    Optional.ofNullable(name),
                    out,
                    done -> bar.at("packing weights", Math.min(done, total), total));
        }
        PrintWriter print = spec.commandLine().getOut();
        print.printf(
                Locale.ROOT,
                "%s is in %s: %d matrices with %,d weights in %s, weights %.2f MB instead of %.2f. How far its scores are off:%n"
                        + "  loupe model deviation --model %s --against %s --record%n",
                converted.manifest().ref(),
                out,
                converted.graph().matrices(),
                converted.graph().weights(),
                precision.id(),
                converted.graph().bytesAfter() / 1e6,
                converted.graph().bytesBefore() / 1e6,
                out,
                model);
        print.flush();
        return 0;
    }
}
