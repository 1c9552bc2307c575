package org.loupe.checkpoint;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import picocli.CommandLine;

/** {@code loupe model random}. */
@CommandLine.Command(
        name = "random",
        description = {
            "Writes a checkpoint with the names, shapes and files of a download of OneAlign and random weights.",
            "Its scores mean nothing; import, precisions, memory and speed are those of the real model."
                    + " The whole model takes 16.4 GB in 16 bit; fewer layers make a slice of real width.",
            "",
            "Example, a slice of a quarter of the model, imported like a download:",
            "  loupe model random --like one-align --vision-layers 6 --language-layers 8 --out slice",
            "  loupe model import slice --name slice --out slice-package",
            ""
        })
final class ModelRandomCommand implements Callable<Integer> {
    private static final Map<String, ElementType> TYPES =
            Map.of("bf16", ElementType.BF16, "fp16", ElementType.F16, "fp32", ElementType.F32);
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})(MB|GB)");

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--like",
            required = true,
            paramLabel = "NETWORK",
            description = "one-align, or tiny: the same network with a 1.6 million weights, for trying things out")
    private String like;

    @CommandLine.Option(
            names = "--vision-layers",
            paramLabel = "N",
            description = "layers of the vision tower (default: as many as the network has, 24)")
    private @Nullable Integer visionLayers;

    @CommandLine.Option(
            names = "--language-layers",
            paramLabel = "N",
            description = "layers of the language model (default: as many as the network has, 32)")
    private @Nullable Integer languageLayers;

    @CommandLine.Option(
            names = "--format",
            defaultValue = "safetensors",
            paramLabel = "F",
            description = "safetensors or torch (default: ${DEFAULT-VALUE})")
    private String format;

    @CommandLine.Option(
            names = "--dtype",
            defaultValue = "bf16",
            paramLabel = "T",
            description = "bf16, fp16 or fp32 (default: ${DEFAULT-VALUE})")
    private String dtype;

    @CommandLine.Option(
            names = "--shard-size",
            paramLabel = "SIZE",
            description = "most bytes of tensors in one file, such as 500MB (default: 5GB, torch 10GB)")
    private @Nullable String shardSize;

    @CommandLine.Option(
            names = "--seed",
            defaultValue = "1",
            paramLabel = "N",
            description = "another number gives other weights, the same one the same bytes (default: ${DEFAULT-VALUE})")
    private long seed;

    @CommandLine.Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "the checkpoint's directory; must not exist or be empty")
    private Path out;

    @Override
    public Integer call() {
        CheckpointFormat files = files();
        RandomModel model = new RandomModel(network(), files, type(), shardBytes(files), seed);
        long total = model.bytes();
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            RateNote rate = new RateNote();
            model.write(out, done -> bar.at("writing random weights", done, total, rate.at(done)));
        }
        PrintWriter print = spec.commandLine().getOut();
        print.println(String.format(
                Locale.ROOT,
                "%s holds %.1f million random weights. Try: loupe model import %s --name random --out %s-package",
                out,
                total / (type().bytes() * 1e6),
                out,
                out));
        print.flush();
        return 0;
    }

    private OneAlignConfig network() {
        OneAlignConfig whole =
                switch (like.toLowerCase(Locale.ROOT)) {
                    case "one-align" -> OneAlignConfig.ONE_ALIGN;
                    case "tiny" -> OneAlignConfig.TINY;
                    default -> throw wrong("--like must be one-align or tiny, was " + like);
                };
        return whole.withLayers(
                layers("--vision-layers", visionLayers, whole.vision().layers()),
                layers("--language-layers", languageLayers, whole.language().layers()));
    }

    private int layers(String option, @Nullable Integer given, int most) {
        if (given == null) {
            return most;
        }
        if (given < 1 || given > most) {
            throw wrong(option + " must be 1 to " + most + " for " + like + ", was " + given);
        }
        return given;
    }

    private CheckpointFormat files() {
        for (CheckpointFormat known : CheckpointFormat.values()) {
            if (known.id().equals(format.toLowerCase(Locale.ROOT))) {
                return known;
            }
        }
        throw wrong("--format must be safetensors or torch, was " + format);
    }

    private ElementType type() {
        ElementType type = TYPES.get(dtype.toLowerCase(Locale.ROOT));
        if (type == null) {
            throw wrong("--dtype must be bf16, fp16 or fp32, was " + dtype);
        }
        return type;
    }

    private long shardBytes(CheckpointFormat files) {
        if (shardSize == null) {
            return files.usualShardBytes();
        }
        Matcher size = SIZE.matcher(shardSize.toUpperCase(Locale.ROOT));
        if (!size.matches() || Long.parseLong(size.group(1)) == 0) {
            throw wrong("--shard-size must be a size such as 500MB or 5GB, was " + shardSize);
        }
        return Long.parseLong(size.group(1)) * (size.group(2).equals("GB") ? 1_000_000_000L : 1_000_000L);
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
