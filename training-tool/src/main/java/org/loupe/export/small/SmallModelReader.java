package org.loupe.export.small;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.export.GraphBuilder;
import org.loupe.export.onnx.ModelProto;
import org.loupe.export.onnx.NodeProto;
import org.loupe.export.onnx.StringStringEntryProto;
import org.loupe.export.onnx.TensorProto;
import org.loupe.export.small.SmallModel.Block;
import org.loupe.export.small.SmallModel.Convolution;
import org.loupe.export.small.SmallModel.Curves;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.export.small.SmallModel.Stage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scratch.ScratchDirectory;

/**
 * Reads what a small model learned back from the graph that {@link SmallGraph} wrote, so that training can go on from a package alone.
 * Written again, the model gives the same bytes.
 */
public final class SmallModelReader {
    private static final String PREFIX = "small/";

    private final Map<String, TensorProto> tensors = new HashMap<>();
    private final FileChannel data;

    private SmallModelReader(ModelProto model, FileChannel data) {
        model.getGraph().getInitializerList().forEach(tensor -> tensors.put(tensor.getName(), tensor));
        this.data = data;
    }

    /**
     * @param directory of a model package
     * @throws ScoringException INVALID_REQUEST if its graph is not one of a small model, or one of other statistics than this
     *     program computes; IO_FAILED if it cannot be read
     */
    public static SmallModel read(Path directory) {
        Path graph = directory.resolve(GraphBuilder.GRAPH_FILE);
        try (FileChannel data = FileChannel.open(directory.resolve(GraphBuilder.DATA_FILE))) {
            ModelProto model = ModelProto.parseFrom(Files.readAllBytes(graph));
            checkStatistics(model);
            return new SmallModelReader(model, data).model();
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read " + graph + ": " + e, e);
        } catch (IllegalArgumentException e) {
            throw refused(e.getMessage());
        }
    }

    /**
     * Only the convolutional part, whatever statistics the model was trained on.
     *
     * @param directory of a model package
     * @return nothing where it has none
     * @throws ScoringException as {@link #read}
     */
    public static Optional<Network> readNetwork(Path directory) {
        Path graph = directory.resolve(GraphBuilder.GRAPH_FILE);
        try (FileChannel data = FileChannel.open(directory.resolve(GraphBuilder.DATA_FILE))) {
            return new SmallModelReader(ModelProto.parseFrom(Files.readAllBytes(graph)), data).optionalNetwork();
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read " + graph + ": " + e, e);
        } catch (IllegalArgumentException e) {
            throw refused(e.getMessage());
        }
    }

    /** Every node by which this program computes the statistics must stand in the graph as it is. */
    private static void checkStatistics(ModelProto model) throws IOException {
        Map<String, NodeProto> nodes = new HashMap<>();
        model.getGraph().getNodeList().forEach(node -> nodes.put(node.getName(), node));
        try (ScratchDirectory scratch = ScratchDirectory.create("statistics")) {
            FeatureGraph.write(scratch.path());
            ModelProto own =
                    ModelProto.parseFrom(Files.readAllBytes(scratch.path().resolve(GraphBuilder.GRAPH_FILE)));
            for (NodeProto node : own.getGraph().getNodeList()) {
                boolean output = node.getOutputList().contains(FeatureGraph.OUTPUT);
                if (!output && !node.equals(nodes.get(node.getName()))) {
                    throw refused("it computes other statistics than this program, first " + node.getName());
                }
            }
        }
    }

    private static ScoringException refused(@Nullable String why) {
        return new ScoringException(
                ErrorReason.INVALID_REQUEST,
                "this package cannot be trained further: " + why
                        + "; a base must be a small model written by this version (train, or the bundled one)");
    }

    private SmallModel model() throws IOException {
        Scaling scaling = has("scaling/low")
                ? new Scaling(
                        floats("scaling/low"),
                        floats("scaling/high"),
                        curves(),
                        floats("scaling/mean"),
                        floats("scaling/sd"))
                : firstScaling();
        Optional<Network> network = optionalNetwork();
        Map<Task, List<Head>> heads = new EnumMap<>(Task.class);
        Map<Task, ScoreHead> scores = new EnumMap<>(Task.class);
        for (Task task : Task.values()) {
            List<Head> members = new ArrayList<>();
            for (int i = 0; has(member(task, i) + "/columns"); i++) {
                members.add(head(member(task, i)));
            }
            for (int i = 0; !numbered(member(task, i), "indices").isEmpty(); i++) {
                members.add(firstHead(member(task, i)));
            }
            if (has("score." + task.id() + "/bias")) {
                scores.put(task, score("score." + task.id(), members));
            }
            if (!members.isEmpty() && !scores.containsKey(task)) {
                heads.put(task, members);
            }
        }
        return new SmallModel(FeatureGraph.names(), scaling, network, heads, scores);
    }

    private Optional<Curves> curves() throws IOException {
        if (!has("scaling/rise")) {
            return Optional.empty();
        }
        float[] base = floats("scaling/base");
        return Optional.of(new Curves(
                parts(floats("scaling/start"), base.length),
                parts(floats("scaling/slope"), base.length),
                parts(floats("scaling/rise"), base.length),
                base));
    }

    private static float[][] parts(float[] flat, int rows) {
        float[][] parts = new float[rows][];
        int width = flat.length / rows;
        for (int r = 0; r < rows; r++) {
            parts[r] = Arrays.copyOfRange(flat, r * width, (r + 1) * width);
        }
        return parts;
    }

    private static String member(Task task, int i) {
        return "head." + task.id() + "." + i;
    }

    /** The first packages numbered their tensors instead of naming them: low, high, minus the mean, 1 / sd. */
    private Scaling firstScaling() throws IOException {
        List<String> names = numbered("scaling", "weights");
        if (names.size() != 4) {
            throw refused("its graph has no scaling");
        }
        float[] mean = floats(names.get(2));
        float[] sd = floats(names.get(3));
        for (int i = 0; i < mean.length; i++) {
            mean[i] = -mean[i];
            sd[i] = 1 / sd[i];
        }
        return new Scaling(floats(names.get(0)), floats(names.get(1)), Optional.empty(), mean, sd);
    }

    private Head firstHead(String name) throws IOException {
        List<String> weights = numbered(name, "weight");
        if (weights.size() != 4) {
            throw refused(name + " has " + weights.size() + " tensors instead of 4");
        }
        float[] hiddenBias = floats(weights.get(1));
        float[] outputBias = floats(weights.get(3));
        return new Head(
                indices(numbered(name, "indices").get(0)),
                Matrices.rows(floats(weights.get(0)), hiddenBias.length),
                hiddenBias,
                Matrices.rows(floats(weights.get(2)), outputBias.length),
                outputBias);
    }

    /** @return names of one scope's tensors of one kind, in the order they were made */
    private List<String> numbered(String scope, String kind) {
        String start = PREFIX + scope + "/" + kind + "_";
        return tensors.keySet().stream()
                .filter(name -> name.startsWith(start))
                .sorted(java.util.Comparator.comparingInt(
                        (String name) -> Integer.parseInt(name.substring(start.length()))))
                .map(name -> name.substring(PREFIX.length()))
                .toList();
    }

    private Optional<Network> optionalNetwork() throws IOException {
        return has("network/projection/weights") ? Optional.of(network()) : Optional.empty();
    }

    private Network network() throws IOException {
        List<Stage> stages = new ArrayList<>();
        int pooled = 0;
        for (int s = 0; has("network/stage." + s + "/down/weights"); s++) {
            String stage = "network/stage." + s;
            List<Block> blocks = new ArrayList<>();
            for (int b = 0; has(stage + "/block." + b + "/conv.0/weights"); b++) {
                List<Convolution> convolutions = new ArrayList<>();
                for (int i = 0; has(stage + "/block." + b + "/conv." + i + "/weights"); i++) {
                    convolutions.add(convolution(stage + "/block." + b + "/conv." + i));
                }
                blocks.add(new Block(convolutions));
            }
            stages.add(new Stage(convolution(stage + "/down"), blocks));
        }
        float[] bias = floats("network/projection/bias");
        float[][] projection = Matrices.rows(floats("network/projection/weights"), bias.length);
        for (int s = stages.size(), width = projection[0].length; s > 0 && width > 0; s--) {
            width -= 2 * stages.get(s - 1).channels();
            pooled++;
        }
        return new Network(stem(), stages, pooled, projection, bias);
    }

    /** Its weights lie as {@link NetworkGraph} wants them: row, column, colour. */
    private Convolution stem() throws IOException {
        float[] weights = floats("network/stem/conv/weights");
        float[] bias = floats("network/stem/conv/bias");
        return NetworkGraph.stem(weights, bias);
    }

    private Convolution convolution(String name) throws IOException {
        List<Long> dims = tensor(name + "/weights").getDimsList();
        return new Convolution(
                Math.toIntExact(dims.get(0)),
                Math.toIntExact(dims.get(1)),
                Math.toIntExact(dims.get(2)),
                floats(name + "/weights"),
                floats(name + "/bias"));
    }

    private Head head(String name) throws IOException {
        float[] hiddenBias = floats(name + "/hidden/bias");
        float[] outputBias = floats(name + "/levels/bias");
        return new Head(
                indices(name + "/columns"),
                Matrices.rows(floats(name + "/hidden/weights"), hiddenBias.length),
                hiddenBias,
                Matrices.rows(floats(name + "/levels/weights"), outputBias.length),
                outputBias);
    }

    private ScoreHead score(String name, List<Head> members) throws IOException {
        List<ScoreHead.Kernel> kernels = new ArrayList<>();
        for (int i = 0; has(name + "/kernel." + i + "/centres"); i++) {
            String part = name + "/kernel." + i;
            float[] weights = floats(part + "/weights");
            kernels.add(new ScoreHead.Kernel(
                    has(part + "/floor") ? ScoreHead.Form.LAPLACE : ScoreHead.Form.GAUSSIAN,
                    indices(part + "/columns"),
                    floats(part + "/factors"),
                    Matrices.rows(floats(part + "/centres"), weights.length),
                    weights));
        }
        List<ScoreHead.Linear> linears = new ArrayList<>();
        for (int i = 0; has(name + "/linear." + i + "/weights"); i++) {
            String part = name + "/linear." + i;
            linears.add(new ScoreHead.Linear(indices(part + "/columns"), floats(part + "/weights")));
        }
        Optional<ScoreHead.Committee> committee = has(name + "/committee/weight")
                ? Optional.of(new ScoreHead.Committee(members, floats(name + "/committee/weight")[0]))
                : Optional.empty();
        return new ScoreHead(kernels, linears, committee, floats(name + "/bias")[0], floats(name + "/spread")[0]);
    }

    private boolean has(String name) {
        return tensors.containsKey(PREFIX + name);
    }

    private TensorProto tensor(String name) {
        TensorProto tensor = tensors.get(PREFIX + name);
        if (tensor == null) {
            throw refused("its graph has no " + name);
        }
        return tensor;
    }

    private float[] floats(String name) throws IOException {
        ByteBuffer bytes = bytes(tensor(name));
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    private int[] indices(String name) throws IOException {
        ByteBuffer bytes = bytes(tensor(name));
        int[] values = new int[bytes.remaining() / Long.BYTES];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.toIntExact(bytes.getLong());
        }
        return values;
    }

    private ByteBuffer bytes(TensorProto tensor) throws IOException {
        if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
            return tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }
        long offset = 0;
        long length = 0;
        for (StringStringEntryProto entry : tensor.getExternalDataList()) {
            if (entry.getKey().equals("offset")) {
                offset = Long.parseLong(entry.getValue());
            } else if (entry.getKey().equals("length")) {
                length = Long.parseLong(entry.getValue());
            }
        }
        if (offset < 0 || length < 0 || offset + length > data.size()) {
            throw refused(tensor.getName() + " lies outside the data file");
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(length)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (data.read(bytes, offset + bytes.position()) < 0) {
                throw refused(tensor.getName() + " is cut off");
            }
        }
        return bytes.flip();
    }
}
