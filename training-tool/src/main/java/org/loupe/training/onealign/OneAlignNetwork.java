package org.loupe.training.onealign;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
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
        return build(config, type, new CheckpointSource(checkpoint, type));
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

    private static OneAlignNetwork build(OneAlignConfig config, NumberType type, ParameterSource source)
            throws IOException {
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
            Tensor imageRows = model.imageRows(normalised(pixels, rows * framesPerRow));
            long perRow = (long) framesPerRow * config.abstractor().rows();
            Tensor hidden = model.hidden(
                    imageRows.reshape(rows, perRow, config.language().width()),
                    ids(prompt.before()),
                    ids(prompt.after()));
            Tensor answer = hidden.select(1, hidden.size(1) - 1);
            Tensor logits = head.rows(answer, ids(prompt.levelIds()))
                    .to(ScalarType.Float)
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

    /** Colours to {@code [frame, 3, side, side]}: the product with 1/255 in double, mean and deviation in 32 bits, as the reference does. */
    private Tensor normalised(ByteBuffer pixels, int frames) {
        int side = config.vision().imageSide();
        long bytes = (long) CHANNELS * frames * side * side;
        if (!pixels.isDirect() || pixels.position() != 0 || pixels.remaining() != bytes || bytes == 0) {
            throw new IllegalArgumentException("need a direct buffer of exactly " + bytes + " bytes, got " + pixels);
        }
        Tensor colours = torch.from_blob(
                new BytePointer(pixels.duplicate()),
                new long[] {frames, side, side, CHANNELS},
                new TensorOptions(ScalarType.Byte));
        Tensor unit = colours.to(ScalarType.Double).mul(new Scalar(1.0 / 255)).to(ScalarType.Float);
        Tensor normal = unit.sub(channels(config.input().mean()))
                .div(channels(config.input().std()));
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
