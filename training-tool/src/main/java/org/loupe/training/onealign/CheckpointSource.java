package org.loupe.training.onealign;

import java.io.IOException;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.loupe.checkpoint.Checkpoint;

/** Parameters of a checkpoint, read piece by piece: the heap stays flat whatever the size. */
final class CheckpointSource implements ParameterSource {
    // 16 MiB at a time: few calls even for the largest matrix.
    private static final int PIECE = 1 << 22;

    private final Checkpoint checkpoint;
    private final Function<String, NumberType> types;
    private final Device device;

    /**
     * @param types what each tensor is kept in
     * @param device where
     */
    CheckpointSource(Checkpoint checkpoint, Function<String, NumberType> types, Device device) {
        this.checkpoint = checkpoint;
        this.types = types;
        this.device = device;
    }

    @Override
    public Tensor tensor(String name, long... shape) throws IOException {
        TensorOptions options = new TensorOptions(types.apply(name).scalarType()).device(new DeviceOptional(device));
        Tensor tensor = torch.torch_empty(shape, options, null);
        long count = tensor.numel();
        try (PointerScope reading = new PointerScope()) {
            Tensor flat = tensor.view(-1);
            float[] piece = new float[(int) Math.min(PIECE, count)];
            for (long first = 0; first < count; first += piece.length) {
                int some = (int) Math.min(piece.length, count - first);
                checkpoint.read(name, first, piece, 0, some);
                try (PointerScope copying = new PointerScope()) {
                    flat.narrow(0, first, some).copy_(Tensor.create(piece).narrow(0, 0, some));
                }
            }
        }
        return tensor;
    }
}
