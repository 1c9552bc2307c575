package org.loupe.golden;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.loupe.device.DeviceChoice;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import picocli.CommandLine;

/** {@code loupe model check}. */
@CommandLine.Command(
        name = "check",
        sortOptions = false,
        description = {
            "Compares a model package, as it runs here, with what the reference implementation answered.",
            "Exit code 1 if something deviates by more than is allowed."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  loupe model check --model models/tiny-align --golden goldens",
            "  loupe model check --model models/tiny-align --golden goldens --device cuda",
            "  loupe model check --model models/tiny-int8 --golden goldens --mos-tolerance 0.01"
        })
final class ModelCheckCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--model",
            required = true,
            paramLabel = "REF",
            description = "a package's directory or zip, or name/version in the model store")
    private String model;

    @CommandLine.Option(
            names = "--golden",
            required = true,
            paramLabel = "DIR",
            description = "folder with one NAME.golden.json and its pictures")
    private Path golden;

    @CommandLine.Option(
            names = "--device",
            defaultValue = "auto",
            paramLabel = "DEVICE",
            description =
                    "what to run on: " + DeviceChoice.SYNTAX + "; of several the first (default: ${DEFAULT-VALUE})")
    private String device;

    @CommandLine.Option(
            names = "--mos-tolerance",
            paramLabel = "X",
            description = "judge the MOS alone, by this; for precisions below fp32 (default: the set's own tolerances)")
    private @Nullable Double mosTolerance;

    @CommandLine.Option(
            names = "--format",
            defaultValue = "table",
            paramLabel = "table|json",
            description = "how the findings are printed (default: ${DEFAULT-VALUE})")
    private Format format;

    private enum Format {
        TABLE,
        JSON
    }

    @Override
    public Integer call() {
        EngineConfig config = EngineConfig.DEFAULT.withDevice(device);
        GoldenSet set = GoldenSet.open(golden);
        OptionalDouble mos = mosTolerance == null ? OptionalDouble.empty() : OptionalDouble.of(mosTolerance);
        try (ModelPackage opened = ModelResolver.standard().open(model);
                OrtEngine engine = OrtEngine.open(opened, config)) {
            GoldenCheck.Finding finding = new GoldenCheck(opened.manifest(), engine).run(set, mos);
            PrintWriter out = spec.commandLine().getOut();
            String where = engine.devices().get(0).toString();
            if (format == Format.JSON) {
                out.println(json(opened, where, finding));
            } else {
                print(opened, where, finding, out);
            }
            out.flush();
            return finding.holds() ? 0 : 1;
        }
    }

    private static void print(ModelPackage model, String where, GoldenCheck.Finding finding, PrintWriter out) {
        out.println(model.manifest().ref() + ", " + model.manifest().precision() + ", on " + where + ": "
                + finding.answers() + " answers compared with the reference's");
        finding.worst().forEach((name, worst) -> {
            Double allowed = finding.allowed().get(name);
            out.printf(
                    Locale.ROOT,
                    "%-14s %.2e %s%n",
                    name,
                    worst,
                    allowed == null
                            ? ""
                            : String.format(
                                    Locale.ROOT, "of %.2e %s", allowed, worst <= allowed ? "holds" : "TOO MUCH"));
        });
        out.printf(Locale.ROOT, "%-14s %+.2e%n", "mean MOS", finding.meanMos());
        out.println(
                finding.holds()
                        ? "The model answers as the reference does."
                        : "The model does NOT answer as the reference does.");
    }

    private static String json(ModelPackage model, String where, GoldenCheck.Finding finding) {
        ObjectNode root = JSON.createObjectNode()
                .put("model", model.manifest().ref().toString())
                .put("precision", model.manifest().precision())
                .put("device", where)
                .put("answers", finding.answers())
                .put("holds", finding.holds());
        ObjectNode worst = root.putObject("worst");
        finding.worst().forEach(worst::put);
        ObjectNode allowed = root.putObject("allowed");
        finding.allowed().forEach(allowed::put);
        root.put("meanMos", finding.meanMos());
        return root.toString();
    }
}
