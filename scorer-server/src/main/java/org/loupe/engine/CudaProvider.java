package org.loupe.engine;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.util.regex.Pattern;
import org.loupe.device.Device;

/** How ONNX Runtime is told to use a GPU, and how it says that it cannot. */
final class CudaProvider {
    /**
     * Every so many runs the memory that no tensor lies in goes back to the driver: a burst of large batches must not hold it for ever,
     * and giving it back after each run would cost every next run its allocation.
     */
    static final int RUNS_A_SHRINK = 64;

    /** Words of the provider and its libraries; what ONNX Runtime says about a graph has none of them. */
    private static final Pattern REFUSAL =
            Pattern.compile("cuda|cudnn|cublas|gpu|providers_shared|execution provider", Pattern.CASE_INSENSITIVE);

    private CudaProvider() {}

    /**
     * Adds the provider for one GPU. What has no kernel there runs on the processor.
     *
     * @throws OrtException if the natives have no such provider or its libraries do not open
     */
    static void add(OrtSession.SessionOptions options, EngineConfig config, Device device) throws OrtException {
        // addCUDA(int) answers "not compiled with CUDA" where the provider is a library of its own
        try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device.index())) {
            // doubling at every growth would take half of the memory for nothing
            cuda.add("arena_extend_strategy", "kSameAsRequested");
            if (config.gpuMemoryBytes() > 0) {
                cuda.add("gpu_mem_limit", Long.toString(config.gpuMemoryBytes()));
            }
            // the exhaustive default times every algorithm anew for every shape, and photos of native size come in
            // hundreds
            cuda.add("cudnn_conv_algo_search", "HEURISTIC");
            // fp32 means fp32: tensor cores would round its factors to ten bits; who wants their speed imports fp16
            cuda.add("use_tf32", "0");
            // copies wait for the run before, so that no result is read early
            cuda.add("do_copy_in_default_stream", "1");
            options.addCUDA(cuda);
        }
        // weights stay out of the arena: otherwise no block of it could ever be given back
        options.addConfigEntry("session.use_device_allocator_for_initializers", "1");
    }

    /** Makes a run give unused memory back when it ends. */
    static void shrink(OrtSession.RunOptions options, Device device) throws OrtException {
        options.addRunConfigEntry("memory.enable_memory_arena_shrinkage", "gpu:" + device.index());
    }

    /** @return whether the device was refused rather than the graph */
    static boolean refused(OrtException failure) {
        return REFUSAL.matcher(String.valueOf(failure.getMessage())).find();
    }
}
