package org.loupe.training.onealign;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.OneAlignTensors;

/**
 * The whole OneAlign network in libtorch eager mode. Owns its parameters: close it, on the thread that made it or another. Passes of several
 * threads would be correct but share libtorch's one pool of workers.
 */
public final class OneAlignNetwork implements AutoCloseable {
    private static final int CHANNELS = 3;

    private final OneAlignConfig config;
    private final NumberType type;
    private final PointerScope memory;
    private final Module root = new Module("one-align");
    private final OneAlignModel model;
    private final Linear head;
    private final Tensor anyWeight;
    private boolean closed;

    private OneAlignNetwork(OneAlignConfig config, NumberType type, ParameterSource source, PointerScope memory)
            throws IOException {
        this.config = config;
        this.type = type;
        this.memory = memory;
        ParameterSource.Place place = new ParameterSource.Place(source, "");
        this.model = root.register_module("model", new OneAlignModel(place.at("model"), config));
        this.head = root.register_module(
                "lm_head",
                Linear.plain(
                        place.at("lm_head"),
                        config.language().width(),
                        config.language().vocabulary()));
        this.anyWeight = head.weight();
    }

    /**
     * Reads a checkpoint into memory, 2 or 4 bytes a parameter.
     *
     * @param checkpoint read only here; the caller closes it
     * @throws org.loupe.score.ScoringException CHECKPOINT_INVALID if tensors and configuration disagree
     * @throws IOException if a file cannot be read
     */
    public static OneAlignNetwork load(OneAlignConfig config, Checkpoint checkpoint, NumberType type)
            throws IOException {
        OneAlignTensors.check(config, checkpoint.tensors().values());
        try (PointerScope scope = new PointerScope()) {
            return build(config, type, new CheckpointSource(checkpoint, name -> type, new Device("cpu")));
        }
    }

    /**
     * A network with random parameters, to measure time with. The layers of a part share one set of parameters, so it takes far less memory
     * than a trained one and as much time.
     *
     * @param seed sets libtorch's generator, which the whole process shares
     */
    public static OneAlignNetwork random(OneAlignConfig config, NumberType type, long seed) {
        try {
            return build(config, type, new RandomSource(type, seed));
        } catch (IOException e) {
            throw new IllegalStateException("random numbers are not read from anywhere", e);
        }
    }

    static OneAlignNetwork build(OneAlignConfig config, NumberType type, ParameterSource source) throws IOException {
        PointerScope memory = new PointerScope();
        try {
            OneAlignNetwork network = new OneAlignNetwork(config, type, source, memory);
            memory.extend(); // outlives this method: close() frees it
            return network;
        } finally {
            memory.close();
        }
    }

    /** Sets how many threads libtorch uses for one operation, in the whole process. */
    public static void setThreads(int threads) {
        torch.set_num_threads(threads);
    }

    /**
     * A prompt with one place for the picture.
     *
     * @param before token ids before the image rows, beginning with the id that begins a text
     * @param after token ids after them; the level word would follow the last one
     * @param levelIds token ids of the level words, in the order of the logits
     */
    public record Prompt(int[] before, int[] after, int[] levelIds) {}

    /** @return names of all parameters and stored tables, sorted; exactly those of the checkpoint */
    public Set<String> tensorNames() {
        Set<String> names = new TreeSet<>();
        try (PointerScope scope = new PointerScope()) {
            for (StringTensorDict tensors : new StringTensorDict[] {root.named_parameters(), root.named_buffers()}) {
                StringVector keys = tensors.keys();
                for (long i = 0; i < keys.size(); i++) {
                    names.add(keys.get(i).getString());
                }
            }
        }
        return names;
    }

    /**
     * Scores rows of frames, every row with the same prompt, from the first token to the last.
     *
     * @param pixels direct, {@code uint8[rows * framesPerRow, side, side, 3]}, position 0; stays the caller's
     * @param rows number of rows
     * @param framesPerRow frames of one row, in the order of time
     * @return {@code float32[rows, levels]}, logits of the level words at the answer position
     * @throws IllegalArgumentException if the buffer does not hold exactly those frames
     */
    public float[][] levelLogits(ByteBuffer pixels, int rows, int framesPerRow, Prompt prompt) {
        try (PointerScope pass = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor frames = Stage.run(imageStages(), new Tensor[] {normalised(pixels, rows * framesPerRow)})[0];
            int[][] after = new int[rows][];
            Arrays.fill(after, prompt.after());
            Tensor x = Stage.run(languageStages(prompt.before(), after, framesPerRow), new Tensor[] {frames})[0];
            Tensor answer = model.normed(x.select(1, x.size(1) - 1));
            Tensor logits = head.rows(answer, near(ids(prompt.levelIds())))
                    .to(ScalarType.Float)
                    .cpu()
                    .contiguous();
            float[] flat = new float[rows * prompt.levelIds().length];
            logits.data_ptr_float().get(flat);
            float[][] answers = new float[rows][prompt.levelIds().length];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(flat, row * answers[row].length, answers[row], 0, answers[row].length);
            }
            return answers;
        }
    }

    /** @return from pixels to image rows */
    List<Stage> imageStages() {
        List<Stage> stages = new ArrayList<>(model.visionStages());
        stages.addAll(model.abstractorStages());
        return stages;
    }

    /**
     * @param after one text for each row, all of one length
     * @return from image rows to what {@link #logits} reads
     */
    List<Stage> languageStages(int[] before, int[][] after, int framesPerRow) {
        int[] all = Arrays.stream(after).flatMapToInt(Arrays::stream).toArray();
        return model.languageStages(
                type.scalarType(), near(ids(before)), near(ids(all).view(after.length, after[0].length)), framesPerRow);
    }

    /**
     * @param x {@code [row, token, width]}
     * @param positions index of each token that predicts, counted over all rows
     * @return {@code float32[position, vocabulary]}
     */
    Tensor logits(Tensor x, long[] positions) {
        Tensor chosen = x.flatten(0, 1).index_select(0, near(Tensor.create(positions, positions.length)));
        return head.forward(model.normed(chosen)).to(ScalarType.Float);
    }

    /** @return how many of the image's stages are the vision tower's */
    int visionStages() {
        return model.visionStages().size();
    }

    /** @return what features are computed in */
    ScalarType scalarType() {
        return type.scalarType();
    }

    OneAlignConfig config() {
        return config;
    }

    Module root() {
        return root;
    }

    /** @return linear modules of the decoder by name */
    Map<String, Linear> linears() {
        return model.linears();
    }

    private Tensor near(Tensor made) {
        return Devices.near(made, anyWeight);
    }

    /** Colours to {@code [frame, 3, side, side]}: the product with 1/255 in double, mean and deviation in 32 bits, as the reference does. */
    Tensor normalised(ByteBuffer pixels, int frames) {
        int side = config.vision().imageSide();
        long bytes = (long) CHANNELS * frames * side * side;
        if (!pixels.isDirect() || pixels.position() != 0 || pixels.remaining() != bytes || bytes == 0) {
            throw new IllegalArgumentException("need a direct buffer of exactly " + bytes + " bytes, got " + pixels);
        }
        Tensor colours = near(torch.from_blob(
                new BytePointer(pixels.duplicate()),
                new long[] {frames, side, side, CHANNELS},
                new TensorOptions(ScalarType.Byte)));
        Tensor unit = colours.to(ScalarType.Double).mul(new Scalar(1.0 / 255)).to(ScalarType.Float);
        Tensor normal = unit.sub(near(channels(config.input().mean())))
                .div(near(channels(config.input().std())));
        return normal.permute(0, 3, 1, 2).contiguous().to(type.scalarType());
    }

    private static Tensor channels(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return Tensor.create(floats);
    }

    private static Tensor ids(int[] ids) {
        long[] wide = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            wide[i] = ids[i];
        }
        return Tensor.create(wide, ids.length);
    }

    /** Frees the parameters; idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            memory.deallocate();
        }
    }
}
