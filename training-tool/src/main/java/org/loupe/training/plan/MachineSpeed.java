package org.loupe.training.plan;

import java.util.Locale;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.loupe.training.onealign.NumberType;

/**
 * How fast a machine multiplies matrices as wide as the network's, which is where training spends its time.
 *
 * @param flopPerSecond operations a second; 0 if not measured
 * @param how in words
 */
public record MachineSpeed(double flopPerSecond, String how) {
    // The inside of a decoder layer, a few megabytes in 16 bits: larger than caches, small enough for a second.
    private static final int WIDTH = 2048;
    private static final long LEAST_NANOS = 700_000_000L;
    private static final int MOST_ROUNDS = 64;
    private static final double NANOS = 1e9;

    /** @return nothing, with the reason */
    public static MachineSpeed unknown(String why) {
        return new MachineSpeed(0, why);
    }

    /**
     * Multiplies for about a second. Uses as many threads as libtorch is set to.
     *
     * @param rows of the left matrix: tokens of a pass
     * @param device {@code cpu} or {@code cuda}
     */
    public static MachineSpeed measure(int rows, NumberType type, String device) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor left = random(rows, type, device);
            Tensor right = random(WIDTH, type, device);
            product(left, right);
            long started = System.nanoTime();
            int rounds = 0;
            while (rounds < MOST_ROUNDS && System.nanoTime() - started < LEAST_NANOS) {
                product(left, right);
                rounds++;
            }
            double seconds = (System.nanoTime() - started) / NANOS;
            double speed = 2.0 * rows * WIDTH * WIDTH * rounds / seconds;
            return new MachineSpeed(
                    speed,
                    String.format(
                            Locale.ROOT,
                            "from the operations counted and %.3g TFLOP/s measured just now in %d products of %d x %d x %d"
                                    + " in %s on %s; attention, norms and reading the media come on top",
                            speed / 1e12,
                            rounds,
                            rows,
                            WIDTH,
                            WIDTH,
                            type.id(),
                            device));
        }
    }

    /** Reading one number waits for a device that works on its own. */
    private static void product(Tensor left, Tensor right) {
        try (PointerScope scope = new PointerScope()) {
            left.matmul(right).select(0, 0).select(0, 0).item_double();
        }
    }

    private static Tensor random(int rows, NumberType type, String device) {
        return torch.torch_randn(new long[] {rows, WIDTH}, new TensorOptions())
                .to(new Device(device), type.scalarType());
    }
}
