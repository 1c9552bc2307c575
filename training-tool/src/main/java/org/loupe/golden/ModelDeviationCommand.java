package org.loupe.golden;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelPackageWriter;
import org.loupe.modelpackage.ModelResolver;
import picocli.CommandLine;

/** {@code loupe model deviation}. */
@CommandLine.Command(
        name = "deviation",
        sortOptions = false,
        description = {
            "Measures how far a package's scores are from those of the same network in fp32.",
            "Import the checkpoint a second time with --precision fp32 to have something to compare with."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  loupe model deviation --model models/one-align-int8 --against models/one-align-fp32",
            "  loupe model deviation --model models/one-align-int8 --against models/one-align-fp32 \\",
            "      --photos my-photos --record"
        })
final class ModelDeviationCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MOST = "1000";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--model",
            required = true,
            paramLabel = "REF",
            description = "the package to measure: a directory or zip, or name/version in the model store")
    private String model;

    @CommandLine.Option(
            names = "--against",
            required = true,
            paramLabel = "REF",
            description = "the same network, imported with --precision fp32")
    private String against;

    @CommandLine.Option(
            names = "--photos",
            paramLabel = "DIR",
            description = "photographs to compare on (default: pictures drawn for it, the same everywhere)")
    private @Nullable Path photos;

    @CommandLine.Option(
            names = "--count",
            defaultValue = "8",
            paramLabel = "N",
            description = "how many pictures, the first by name, at most " + MOST + " (default: ${DEFAULT-VALUE})")
    private int count;

    @CommandLine.Option(
            names = "--record",
            description = "write the result into the package's manifest; its digest and scores stay as they are")
    private boolean recorded;

    @CommandLine.Option(
            names = "--format",
            defaultValue = "table",
            paramLabel = "table|json",
            description = "how the result is printed (default: ${DEFAULT-VALUE})")
    private Format format;

    private enum Format {
        TABLE,
        JSON
    }

    @Override
    public Integer call() {
        if (count < 1 || count > Integer.parseInt(MOST)) {
            throw wrong("--count must be 1 to " + MOST + ", was " + count);
        }
        Path directory = Path.of(model);
        if (recorded && !Files.isDirectory(directory)) {
            throw wrong("--record needs the package's directory as --model, which " + model + " is not");
        }
        List<StudyPicture> pictures = photos == null ? StudyPicture.synthetic(count) : StudyPicture.in(photos, count);
        String data =
                pictures.size() + (photos == null ? " drawn pictures" : " photographs of " + photos.getFileName());
        Manifest.Deviation found;
        try (ModelPackage exact = ModelResolver.standard().open(against);
                ModelPackage other = ModelResolver.standard().open(model)) {
            PrecisionDeviation.requireSameQuestions(exact, other);
            PrecisionDeviation study = new PrecisionDeviation(pictures);
            found = PrecisionDeviation.between(
                    ask(study, exact, pictures.size()),
                    ask(study, other, pictures.size()),
                    data,
                    exact.manifest().digest());
            print(other.manifest(), found);
        }
        if (recorded) {
            ModelPackageWriter.record(directory, found);
        }
        return 0;
    }

    private PrecisionDeviation.Answers ask(PrecisionDeviation study, ModelPackage model, int total) {
        try (OrtEngine engine = OrtEngine.open(model, EngineConfig.DEFAULT);
                ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            String step = "asking " + model.manifest().precision();
            bar.at(step, 0, total);
            return study.ask(model.manifest(), engine, done -> bar.at(step, done, total));
        }
    }

    private void print(Manifest manifest, Manifest.Deviation found) {
        PrintWriter out = spec.commandLine().getOut();
        if (format == Format.JSON) {
            ObjectNode root = JSON.createObjectNode()
                    .put("model", manifest.ref().toString())
                    .put("precision", manifest.precision());
            root.setAll((ObjectNode) JSON.valueToTree(found));
            out.println(root);
        } else {
            out.printf(
                    Locale.ROOT,
                    "%s in %s against fp32, %s, %d scores:%n"
                            + "MOS off by %.4f at most, %.4f on average; level logits by %.2f %% of their spread%n",
                    manifest.ref(),
                    manifest.precision(),
                    found.data(),
                    found.n(),
                    found.mosLargest(),
                    found.mosMean(),
                    100 * found.logitsRelative());
        }
        out.flush();
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
