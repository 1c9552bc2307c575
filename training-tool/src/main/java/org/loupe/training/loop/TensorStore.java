package org.loupe.training.loop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.CheckpointFormat;
import org.loupe.checkpoint.CheckpointWriter;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.ElementType;
import org.loupe.checkpoint.TensorInfo;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Tensors to safetensors and back, piece by piece, without loss. */
public final class TensorStore {
    // Elements copied at a time, so that the heap does not grow with the network.
    private static final int PIECE_ELEMENTS = 1 << 20;

    private TensorStore() {}

    /**
     * @param directory exists and holds no tensors yet; gets {@code model.safetensors}, forced to disk
     * @param tensors float32, float16 or bfloat16, finite
     */
    public static void write(Path directory, Map<String, Tensor> tensors) throws IOException {
        List<TensorInfo> infos = new ArrayList<>();
        new TreeMap<>(tensors)
                .forEach((name, tensor) -> infos.add(new TensorInfo(
                        name,
                        type(name, tensor),
                        Arrays.stream(tensor.shape()).boxed().toList())));
        try (CheckpointWriter writer =
                CheckpointWriter.create(directory, CheckpointFormat.SAFETENSORS, Long.MAX_VALUE, infos)) {
            for (TensorInfo info : infos) {
                Tensor tensor = java.util.Objects.requireNonNull(tensors.get(info.name()));
                try (PointerScope scope = new PointerScope();
                        NoGradGuard guard = new NoGradGuard()) {
                    Tensor flat = tensor.detach().reshape(-1);
                    for (long from = 0; from < info.elements(); from += PIECE_ELEMENTS) {
                        int count = (int) Math.min(PIECE_ELEMENTS, info.elements() - from);
                        writer.write(info.name(), from, floats(flat, from, count), 0, count);
                    }
                }
            }
            writer.finish();
        }
    }

    /**
     * Overwrites the tensors in place.
     *
     * @throws ScoringException CHECKPOINT_INVALID if the file does not hold every one of them in its shape
     */
    public static void read(Path directory, Map<String, Tensor> tensors) throws IOException {
        try (Checkpoint checkpoint = Checkpoints.open(directory)) {
            for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
                String name = entry.getKey();
                Tensor tensor = entry.getValue();
                TensorInfo info = checkpoint.tensors().get(name);
                List<Long> shape = Arrays.stream(tensor.shape()).boxed().toList();
                if (info == null || !info.shape().equals(shape)) {
                    throw new ScoringException(
                            ErrorReason.CHECKPOINT_INVALID,
                            directory.getFileName() + " holds " + (info == null ? "no " + name : info.toString())
                                    + " where " + name + " of shape " + shape + " is needed");
                }
                float[] piece = new float[(int) Math.min(PIECE_ELEMENTS, info.elements())];
                try (PointerScope scope = new PointerScope();
                        NoGradGuard guard = new NoGradGuard()) {
                    Tensor flat = tensor.detach().view(-1);
                    for (long from = 0; from < info.elements(); from += PIECE_ELEMENTS) {
                        int count = (int) Math.min(PIECE_ELEMENTS, info.elements() - from);
                        checkpoint.read(name, from, piece, 0, count);
                        Tensor read = Tensor.create(Arrays.copyOf(piece, count));
                        flat.narrow(0, from, count).copy_(read);
                    }
                }
            }
        }
    }

    private static float[] floats(Tensor flat, long from, int count) {
        try (PointerScope scope = new PointerScope()) {
            Tensor piece =
                    flat.narrow(0, from, count).to(ScalarType.Float).cpu().contiguous();
            float[] values = new float[count];
            piece.data_ptr_float().get(values);
            return values;
        }
    }

    private static ElementType type(String name, Tensor tensor) {
        return switch (tensor.scalar_type().intern()) {
            case Float -> ElementType.F32;
            case Half -> ElementType.F16;
            case BFloat16 -> ElementType.BF16;
            default ->
                throw new IllegalArgumentException(name + " is of type " + tensor.scalar_type()
                        + "; a check point holds float32, float16, bfloat16");
        };
    }
}
