package org.loupe.engine;

import org.loupe.config.ConfigProblems;
import org.loupe.device.DeviceChoice;
import org.loupe.settings.ConfigPrefix;
import org.loupe.settings.Doc;

/**
 * How a graph is run and on what.
 *
 * @param threads threads of one run on the processor; 0 means one for each processor this process may use
 * @param prepack whether weights are copied into the layout the kernels like best
 * @param device what to run on, as {@link DeviceChoice#parse} takes it
 * @param gpuMemoryBytes most memory a model may take on one GPU; 0 means all there is
 */
@ConfigPrefix("engine")
public record EngineConfig(
        @Doc("Threads of one run; 0 takes one for each processor this process may use")
        int threads,

        @Doc(
                "Keep a second copy of the weights in the layout that runs fastest; false halves the memory of large models and changes"
                        + " the last digits")
        boolean prepack,

        @Doc("What models run on: " + DeviceChoice.SYNTAX + "; auto takes a GPU only if a session really opens there")
        String device,

        @Doc("Most memory one model may take on one GPU, 0 or at least 256MiB; 0 sets no limit")
        long gpuMemoryBytes) {
    public static final EngineConfig DEFAULT = new EngineConfig(0, true, "auto", 0);

    /** More threads than this only wait for each other. */
    private static final int MOST_THREADS = 256;
    /** Less than this does not even hold the CUDA libraries' own workspaces. */
    private static final long LEAST_GPU_BYTES = 256L << 20;

    public EngineConfig {
        new ConfigProblems()
                .check(
                        threads >= 0 && threads <= MOST_THREADS,
                        "engine.threads must be 0..%s, was %s",
                        MOST_THREADS,
                        threads)
                .check(isDevice(device), "engine.device must be " + DeviceChoice.SYNTAX + ", was '%s'", device)
                .check(
                        gpuMemoryBytes == 0 || gpuMemoryBytes >= LEAST_GPU_BYTES,
                        "engine.gpu-memory-bytes must be 0 or at least 256MiB, was %s",
                        gpuMemoryBytes)
                .throwIfAny();
    }

    private static boolean isDevice(String text) {
        try {
            DeviceChoice unused = DeviceChoice.parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false; // the check names the setting
        }
    }

    /** @return the same settings with that many threads; 1 where many graphs run side by side */
    public EngineConfig withThreads(int newThreads) {
        return new EngineConfig(newThreads, prepack, device, gpuMemoryBytes);
    }

    /** @return the same settings on another device, as {@link DeviceChoice#parse} takes it */
    public EngineConfig withDevice(String newDevice) {
        return new EngineConfig(threads, prepack, newDevice, gpuMemoryBytes);
    }

    /** @return what to run on */
    public DeviceChoice deviceChoice() {
        return DeviceChoice.parse(device);
    }

    int effectiveThreads() {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }
}
