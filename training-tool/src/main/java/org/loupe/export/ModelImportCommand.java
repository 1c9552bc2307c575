package org.loupe.export;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.RateNote;
import org.loupe.command.ProgressBar;
import org.loupe.score.ScoringException;
import org.loupe.scoring.MemoryProbe;
import picocli.CommandLine;

/** {@code loupe model import}. */
@CommandLine.Command(
        name = "import",
        description = {
            "Turns a OneAlign or DeQA-Score checkpoint into a model package.",
            "CHECKPOINT is a directory with config.json, preprocessor_config.json and the weights: model.safetensors or"
                    + " pytorch_model.bin, or shards with their index. Pickles are read by a reader that can rebuild tensors"
                    + " and nothing else.",
            "",
            "Example, what runs fastest on a CPU:",
            "  loupe model import one-align/ --precision int8 --name one-align --out models/one-align",
            ""
        })
final class ModelImportCommand implements Callable<Integer> {
    private static final String AUTO = "auto";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(paramLabel = "CHECKPOINT", description = "the checkpoint's directory")
    private Path checkpoint;

    @CommandLine.Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "the package itself: DIR will hold model.json, so that --model DIR finds it;"
                    + " must not exist or be empty")
    private Path out;

    @CommandLine.Mixin
    private PackageOptions described;

    @CommandLine.Option(
            names = "--model-version",
            defaultValue = "1",
            paramLabel = "V",
            description = "version in the manifest (default: ${DEFAULT-VALUE})")
    private String version;

    @CommandLine.Option(
            names = "--precision",
            defaultValue = AUTO,
            paramLabel = "P",
            description =
                    "int8: the fast one on a CPU, a byte a weight; int4: the small one; fp16: for GPUs; fp32: exact, four bytes"
                            + " a weight; auto: int8 where it fits this machine's memory, else int4 (default: ${DEFAULT-VALUE})")
    private String precision;

    @CommandLine.Option(
            names = "--max-frames",
            defaultValue = "" + ModelImport.DEFAULT_MAX_FRAMES,
            paramLabel = "N",
            description = "most frames of a clip looked at together (default: ${DEFAULT-VALUE})")
    private int maxFrames;

    @CommandLine.Option(
            names = "--adapter-targets",
            defaultValue = "none",
            paramLabel = "none|default|LIST",
            description = "what taste adapters may change: default is what the reference trains"
                    + " (self_attn.q_proj,self_attn.v_proj.multiway.1,abstractor), LIST names other linear modules of"
                    + " the language model; none runs a little faster (default: ${DEFAULT-VALUE})")
    private String adapterTargets;

    @CommandLine.Option(
            names = "--like",
            defaultValue = "one-align",
            paramLabel = "FAMILY",
            description =
                    "what the network was trained to answer: one-align (quality and aesthetics of photos and clips) or"
                            + " deqa-score (quality of photos only). Their files look the same, so it must be told"
                            + " (default: ${DEFAULT-VALUE})")
    private String like;

    @CommandLine.Option(
            names = "--prompt-order",
            defaultValue = "paper",
            paramLabel = "ORDER",
            description =
                    "how the answer begins: paper, 'The quality of the image is', as the network was trained and evaluated;"
                            + " or score-method, 'The image of the quality is', as the score() method of the published model class asks,"
                            + " for reproducing its numbers (default: ${DEFAULT-VALUE})")
    private String promptOrder;

    @CommandLine.Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help")
    @SuppressWarnings("unused") // asked for by its annotation
    private boolean help;

    @Override
    public Integer call() {
        if (maxFrames < 1 || maxFrames > ModelImport.MOST_FRAMES) {
            throw wrong("--max-frames must be 1 to " + ModelImport.MOST_FRAMES + ", was " + maxFrames);
        }
        PrintWriter err = spec.commandLine().getErr();
        try (ProgressBar line = ProgressBar.on(err)) {
            RateNote rate = new RateNote();
            ModelImporter.run(
                    new ModelImport(
                            checkpoint,
                            out,
                            described.name(),
                            version,
                            precision(err),
                            described.licence(spec),
                            described.revision(),
                            maxFrames,
                            targets(),
                            told(ModelFamily::of, like),
                            told(PromptOrder::of, promptOrder)),
                    (step, done, total) -> line.at(step, done, total, total > 1 ? rate.at(done) : ""));
        }
        PrintWriter print = spec.commandLine().getOut();
        print.println(
                described.name() + " " + version + " is in " + out + ". Try: loupe score --model " + out + " PHOTO");
        print.flush();
        return 0;
    }

    private <T> T told(Function<String, T> meaning, String option) {
        try {
            return meaning.apply(option);
        } catch (ScoringException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private AdapterTargets targets() {
        try {
            return AdapterTargets.parse(adapterTargets);
        } catch (ScoringException e) {
            throw wrong("--adapter-targets: " + e.getMessage());
        }
    }

    private Precision precision(PrintWriter err) {
        if (precision.equalsIgnoreCase(AUTO)) {
            return chosen(err);
        }
        for (Precision known : Precision.values()) {
            if (known.id().equals(precision.toLowerCase(Locale.ROOT))) {
                return known;
            }
        }
        throw wrong("--precision must be one of "
                + Arrays.stream(Precision.values()).map(Precision::id).collect(Collectors.joining(", ")) + " or " + AUTO
                + ", was "
                + precision);
    }

    /** A checkpoint that cannot be read is the importer's to complain about; int8 stands for it until then. */
    private Precision chosen(PrintWriter err) {
        OneAlignConfig config;
        try {
            config = OneAlignConfig.read(checkpoint);
        } catch (IOException | ScoringException e) {
            return Precision.INT8;
        }
        Optional<MemoryProbe.Memory> memory = MemoryProbe.system().read();
        Precision chosen = PrecisionChoice.onProcessor(
                config, memory.map(m -> OptionalLong.of(m.totalBytes())).orElse(OptionalLong.empty()));
        if (chosen != Precision.INT8) {
            err.printf(
                    Locale.ROOT,
                    "Imported as %s: in int8 the model takes %.1f GB to score with, and this machine has %.1f. --precision int8 insists.%n",
                    chosen.id(),
                    PrecisionChoice.int8Bytes(config) / 1e9,
                    memory.map(m -> m.totalBytes() / 1e9).orElse(Double.NaN));
            err.flush();
        }
        return chosen;
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
