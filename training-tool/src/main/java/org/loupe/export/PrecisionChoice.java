package org.loupe.export;

import java.util.List;
import java.util.OptionalLong;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.OneAlignTensors;

/** Which precision suits a machine that scores on its processor: int8, the fast one, unless it does not fit into the memory there is. */
final class PrecisionChoice {
    /** What the Java side, activations and the runtime take besides the weights; 0.4 GB were measured for one photo at full size. */
    private static final long BESIDES_WEIGHTS = 1L << 30;
    /** The rest is the operating system's and the file cache's. */
    private static final double SHARE_OF_MEMORY = 0.8;

    private PrecisionChoice() {}

    /**
     * @param config the network
     * @param memoryBytes what the process may use at most; empty where nobody tells, which is taken for enough
     */
    static Precision onProcessor(OneAlignConfig config, OptionalLong memoryBytes) {
        boolean fits = memoryBytes.isEmpty() || int8Bytes(config) <= SHARE_OF_MEMORY * memoryBytes.getAsLong();
        return fits ? Precision.INT8 : Precision.INT4;
    }

    /** @return bytes a server needs to score with the network in int8 */
    static long int8Bytes(OneAlignConfig config) {
        return BESIDES_WEIGHTS
                + OneAlignTensors.expected(config).values().stream()
                        .mapToLong(shape -> elements(shape))
                        .sum();
    }

    private static long elements(List<Long> shape) {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
