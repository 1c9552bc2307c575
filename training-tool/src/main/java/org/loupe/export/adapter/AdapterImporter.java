package org.loupe.export.adapter;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.OneAlignTensors;
import org.loupe.export.AdapterTargets;
import org.loupe.export.DataType;
import org.loupe.export.GraphBuilder;
import org.loupe.export.ModelImporter;
import org.loupe.export.OneAlignGraph;
import org.loupe.export.SmoothingPlan;
import org.loupe.export.WeightSource;
import org.loupe.modelpackage.AdapterManifest;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.AdapterPackageWriter;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * PEFT checkpoint to adapter package. What the adapter replaces (prefix keys and values, the abstractor) is computed by laying out the base's
 * graph once more over the adapted weights: the same arithmetic, types and places as in the base package, whatever its precision. The low-rank
 * pairs stay floating point. An adapter package appears whole or not at all.
 */
public final class AdapterImporter {
    private static final String ABSTRACTOR = "/model/visual_abstractor/";
    private static final String IMAGE_ROWS = ".multiway.1";
    // Norms, biases and the words of the prompts: enough to tell one checkpoint from another, and read in a blink.
    private static final long COMPARED_BYTES = 1 << 20;
    // Found while the values are written, and never before them.
    private static final String SCALES = "/weight_scale";

    private AdapterImporter() {}

    /**
     * Imports one adapter.
     *
     * @throws ScoringException CHECKPOINT_INVALID naming everything wrong with the adapter or the base's checkpoint; INVALID_REQUEST if the
     *     target is taken or the base takes no adapters; IO_FAILED if something cannot be read or written, or the disk is too small
     */
    public static void run(AdapterImport request, ModelImporter.Progress progress) {
        Manifest base = request.base().manifest();
        List<String> inputs = base.adapterTargets() == null ? List.of() : base.adapterTargets();
        if (inputs.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    base.name() + " " + base.version() + " takes no adapters; import its checkpoint again with"
                            + " --adapter-targets default");
        }
        try (AdapterPackageWriter writer = AdapterPackageWriter.to(request.out())) {
            write(request, AdapterTargets.ofInputs(inputs), writer, progress);
        } catch (IOException e) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED, "the import of " + request.peft() + " failed: " + e.getMessage(), e);
        }
    }

    private static void write(
            AdapterImport request, AdapterTargets targets, AdapterPackageWriter writer, ModelImporter.Progress progress)
            throws IOException {
        PeftConfig peft = PeftConfig.read(request.peft());
        OneAlignConfig config = OneAlignConfig.read(request.baseCheckpoint());
        List<LowRank> pairs;
        List<String> replaces;
        try (Checkpoint base = Checkpoints.open(request.baseCheckpoint())) {
            OneAlignTensors.check(config, base.tensors().values());
            try (PeftCheckpoint adapter = PeftCheckpoint.open(
                    request.peft(),
                    peft,
                    OneAlignTensors.expected(config),
                    targets::lowRank,
                    targets.takesAbstractor())) {
                adapter.requirePositionsOf(base);
                AdaptedCheckpoint adapted = new AdaptedCheckpoint(base, adapter);
                SmoothingPlan plan =
                        OneAlignGraph.smoothing(config, base, request.base().manifest());
                GraphBuilder graph = OneAlignGraph.again(
                        config,
                        adapted,
                        plan,
                        request.base().manifest(),
                        done -> {}); // a small part of writing the tensors
                pairs = List.copyOf(adapter.pairs().values());
                requireSameBase(request, graph, pairs);
                List<AdapterFile.Tensor> tensors = lowRank(adapter, plan);
                List<AdapterFile.Tensor> replaced =
                        replaced(graph, pairs, !adapter.replaced().isEmpty());
                replaces = replaced.stream().map(AdapterFile.Tensor::name).toList();
                tensors.addAll(replaced);
                long bytes = AdapterFile.dataBytes(tensors);
                ModelImporter.requireSpace(writer.directory(), bytes);
                AdapterFile.write(
                        writer.directory().resolve(AdapterPackage.TENSORS),
                        tensors,
                        done -> progress.at("writing tensors", done, bytes));
            }
        }
        Files.writeString(writer.directory().resolve(AdapterPackage.LICENCE), AdapterPapers.licence(request));
        Files.writeString(
                writer.directory().resolve(AdapterPackage.CARD), AdapterPapers.card(request, pairs, replaces));
        writer.finish(manifest(request, pairs, replaces)).close();
    }

    /**
     * A adds what rows are narrowed by, B what widens them again; both turned, so that rows are multiplied from the left. A reads the rows that
     * the base's matrix beside it reads, smoothed as they are there.
     */
    private static List<AdapterFile.Tensor> lowRank(PeftCheckpoint adapter, SmoothingPlan plan) {
        List<AdapterFile.Tensor> tensors = new ArrayList<>();
        for (LowRank pair : adapter.pairs().values()) {
            long in = pair.in();
            long out = pair.out();
            long rank = pair.rank();
            tensors.add(new AdapterFile.Tensor(
                    AdapterManifest.Module.inputA(pair.module()),
                    DataType.FLOAT,
                    List.of(in, rank),
                    turned(adapter, pair.a(), pair.rank(), pair.in(), 1, plan.factors(pair.module() + ".weight"))));
            tensors.add(new AdapterFile.Tensor(
                    AdapterManifest.Module.inputB(pair.module()),
                    DataType.FLOAT,
                    List.of(rank, out),
                    turned(adapter, pair.b(), pair.out(), pair.rank(), pair.scale(), new float[0])));
        }
        return tensors;
    }

    private static WeightSource turned(
            PeftCheckpoint adapter, String name, int rows, int columns, double factor, float[] columnFactors) {
        return channel -> {
            float[] stored = adapter.all(name, rows, columns);
            float[] turned = new float[stored.length];
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    double own = columnFactors.length > 0 ? columnFactors[column] * factor : factor;
                    turned[column * rows + row] = (float) (own * stored[row * columns + column]);
                }
            }
            WeightSource.of(turned).writeTo(channel);
        };
    }

    /** The whole abstractor where any of it was trained; the prefix where a pair works on text. */
    private static List<AdapterFile.Tensor> replaced(GraphBuilder graph, List<LowRank> pairs, boolean abstractor) {
        boolean prefix = pairs.stream().anyMatch(pair -> !pair.module().endsWith(IMAGE_ROWS));
        return graph.weights().stream()
                .filter(GraphBuilder.Weight::replaceable)
                .filter(weight -> weight.path().startsWith(ABSTRACTOR) ? abstractor : prefix)
                .map(weight -> new AdapterFile.Tensor(weight.path(), weight.type(), weight.dims(), weight.source()))
                .toList();
    }

    /**
     * The package must have been made of this checkpoint: its weights must lie where these would, and the small ones that no adapter changes
     * must be equal.
     */
    private static void requireSameBase(AdapterImport request, GraphBuilder graph, List<LowRank> pairs)
            throws IOException {
        List<String> adapted = pairs.stream()
                .map(pair -> OneAlignGraph.path(pair.module()) + "/")
                .toList();
        Path weights = request.base().directory().resolve(ModelPackage.WEIGHTS);
        if (!Files.isRegularFile(weights) || Files.size(weights) != graph.dataBytes()) {
            throw otherBase(request, "its weights are laid out otherwise");
        }
        try (FileChannel packed = FileChannel.open(weights)) {
            for (GraphBuilder.Weight weight : graph.weights()) {
                if (weight.bytes() <= COMPARED_BYTES
                        && !weight.replaceable()
                        && !weight.path().endsWith(SCALES)
                        && adapted.stream().noneMatch(weight.path()::startsWith)) {
                    ByteArrayOutputStream expected = new ByteArrayOutputStream();
                    WritableByteChannel channel = Channels.newChannel(expected);
                    weight.source().writeTo(channel);
                    ByteBuffer found = ByteBuffer.allocate((int) weight.bytes());
                    packed.read(found, weight.offset());
                    if (!Arrays.equals(found.array(), expected.toByteArray())) {
                        throw otherBase(request, weight.path() + " differs");
                    }
                }
            }
        }
    }

    private static ScoringException otherBase(AdapterImport request, String what) {
        Manifest base = request.base().manifest();
        return new ScoringException(
                ErrorReason.CHECKPOINT_INVALID,
                request.baseCheckpoint() + " is not what " + base.name() + " " + base.version() + " was imported from: "
                        + what + "; give the checkpoint whose import made the package (source: "
                        + base.source().checkpoint() + ")");
    }

    private static AdapterManifest manifest(AdapterImport request, List<LowRank> pairs, List<String> replaces) {
        Manifest base = request.base().manifest();
        return new AdapterManifest(
                AdapterManifest.SCHEMA_VERSION,
                request.name(),
                request.version(),
                "",
                new AdapterManifest.Base(base.name(), base.version(), base.digest()),
                base.precision(),
                new Manifest.Source(request.checkpointName(), request.revision()),
                request.licence(),
                pairs.stream()
                        .map(pair -> new AdapterManifest.Module(pair.module(), pair.rank(), pair.scale()))
                        .toList(),
                replaces,
                Map.of("madeBy", "loupe model import-adapter"));
    }
}
