package org.loupe.export.small;

import java.util.List;
import java.util.Optional;
import org.loupe.export.small.SmallModel.Block;
import org.loupe.export.small.SmallModel.Convolution;
import org.loupe.export.small.SmallModel.Network;

/** The convolutional part as nodes, see {@link Network} for what it computes. */
final class NetworkGraph {
    private NetworkGraph() {}

    /** @return pooled features {@code float[F, 256]} */
    static String pooled(Ops ops, Network network, Statistics statistics) {
        ops.scope("network/input");
        String colour = ops.mul(ops.add(statistics.rgb(), -127.5f), 1 / 64f);
        String planes = ops.concat(1, colour, statistics.normalised());
        for (int i = 0; i < network.stem().size(); i++) {
            ops.scope("network/stem." + i);
            planes = ops.relu(convolve(ops, "conv", planes, network.stem().get(i), 2));
        }
        for (int i = 0; i < network.blocks().size(); i++) {
            ops.scope("network/block." + i);
            planes = residual(ops, planes, network.blocks().get(i));
        }
        ops.scope("network/pool");
        String mean = ops.mean(planes, true, 2, 3);
        String variance = ops.planeMean(ops.square(ops.sub(planes, mean)));
        return ops.concat(1, ops.reshape(mean, 0, Network.POOLED / 2), ops.sqrt(ops.add(variance, 1e-4f)));
    }

    private static String residual(Ops ops, String planes, Block block) {
        Optional<Convolution> shortcut = block.shortcut();
        String first = ops.relu(convolve(ops, "first", planes, block.first(), shortcut.isPresent() ? 2 : 1));
        String second = convolve(ops, "second", first, block.second(), 1);
        String past = shortcut.isPresent()
                ? convolve(ops, "shortcut", ops.averagePoolCeil(planes, 2), shortcut.get(), 1)
                : planes;
        return ops.relu(ops.add(second, past));
    }

    private static String convolve(Ops ops, String name, String planes, Convolution convolution, int stride) {
        int kernel = convolution.kernel();
        String weights = ops.named(
                name + "/weights",
                new long[] {convolution.out(), convolution.in(), kernel, kernel},
                convolution.weights());
        String bias = ops.named(name + "/bias", new long[] {convolution.out()}, convolution.bias());
        return ops.conv(List.of(planes, weights, bias), stride, kernel / 2, kernel / 2, 1);
    }
}
