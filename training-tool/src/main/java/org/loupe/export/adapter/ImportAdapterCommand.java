package org.loupe.export.adapter;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.loupe.command.ProgressBar;
import org.loupe.export.PackageOptions;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import picocli.CommandLine;

/** {@code loupe model import-adapter}. */
@CommandLine.Command(
        name = "import-adapter",
        description = {
            "Turns a PEFT LoRA checkpoint into a taste adapter for one model package.",
            "PEFT_DIR is a directory with adapter_config.json and adapter_model.safetensors, and non_lora_trainables beside them"
                    + " where the abstractor was trained too (Q-Align, DeQA-Score).",
            "An adapter changes what the constant parts of a package were computed from, so the import needs the package and the"
                    + " checkpoint it was made of."
        },
        footer = {
            "",
            "Example:",
            "  loupe model import one-align --out base --name one-align --precision int8 --adapter-targets default",
            "  loupe model import-adapter my-lora --base base --base-checkpoint one-align --out warm --name warm-light"
        })
final class ImportAdapterCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(paramLabel = "PEFT_DIR", description = "the adapter's checkpoint")
    private Path peft;

    @CommandLine.Option(
            names = "--base",
            required = true,
            paramLabel = "REF",
            description = "the model package it shall run on: a directory or zip, or a name in the model store")
    private String base;

    @CommandLine.Option(
            names = "--base-checkpoint",
            required = true,
            paramLabel = "DIR",
            description = "the checkpoint that package was imported from")
    private Path baseCheckpoint;

    @CommandLine.Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "the adapter package itself: DIR will hold adapter.json; must not exist or be empty")
    private Path out;

    @CommandLine.Mixin
    private PackageOptions described;

    @CommandLine.Option(
            names = "--adapter-version",
            defaultValue = "1",
            paramLabel = "V",
            description = "version in the manifest (default: ${DEFAULT-VALUE})")
    private String version;

    @Override
    public Integer call() {
        try (ModelPackage model = ModelResolver.standard().open(base);
                ProgressBar line = ProgressBar.on(spec.commandLine().getErr())) {
            AdapterImporter.run(
                    new AdapterImport(
                            peft,
                            model,
                            baseCheckpoint,
                            out,
                            described.name(),
                            version,
                            described.licence(spec),
                            described.revision()),
                    line::at);
        }
        PrintWriter print = spec.commandLine().getOut();
        print.println("The adapter " + described.name() + " " + version + " is in " + out + ".");
        print.flush();
        return 0;
    }
}
