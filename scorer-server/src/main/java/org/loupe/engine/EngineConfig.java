package org.loupe.engine;

import org.loupe.config.ConfigProblems;
import org.loupe.settings.ConfigPrefix;
import org.loupe.settings.Doc;

/**
 * How a graph is run on the processor.
 *
 * @param threads threads of one run; 0 means one for each processor this process may use
 * @param prepack whether weights are copied into the layout the kernels like best
 */
@ConfigPrefix("engine")
public record EngineConfig(
        @Doc("Threads of one run; 0 takes one for each processor this process may use")
        int threads,

        @Doc(
                "Keep a second copy of the weights in the layout that runs fastest; false halves the memory of large models and changes"
                        + " the last digits")
        boolean prepack) {
    public static final EngineConfig DEFAULT = new EngineConfig(0, true);

    /** More threads than this only wait for each other. */
    private static final int MOST_THREADS = 256;

    public EngineConfig {
        new ConfigProblems()
                .check(
                        threads >= 0 && threads <= MOST_THREADS,
                        "engine.threads must be 0..%s, was %s",
                        MOST_THREADS,
                        threads)
                .throwIfAny();
    }

    /** @return the same settings with that many threads; 1 where many graphs run side by side */
    public EngineConfig withThreads(int newThreads) {
        return new EngineConfig(newThreads, prepack);
    }

    int effectiveThreads() {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }
}
