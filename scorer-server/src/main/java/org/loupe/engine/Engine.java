package org.loupe.engine;

import java.util.List;
import org.loupe.device.Device;
import org.loupe.modelpackage.AdapterPackage;

/**
 * One loaded model. As many runs at once as it has {@linkplain #devices devices}: each owner thread calls {@link #run} and waits, any
 * thread may read the rest.
 */
public interface Engine extends AutoCloseable {
    /**
     * Scores one batch in one graph run.
     *
     * @throws org.loupe.score.ScoringException MODEL_FAILED if the device refuses the run
     * @throws IllegalStateException if the batch's adapter was closed before
     * @throws IllegalArgumentException if the batch does not fit together, or its adapter was made resident by an engine of another model
     */
    EngineResult run(EngineBatch batch);

    /**
     * Makes an adapter resident beside the model; runs under way are not disturbed. Any thread may call this.
     *
     * @param adapter stays the caller's, and open until the handle is freed
     * @return for the {@link EngineBatch#adapter} of later runs; the caller closes it
     * @throws org.loupe.score.ScoringException MODEL_PACKAGE_INVALID if the adapter was made for another model package or cannot be loaded
     */
    AdapterHandle addAdapter(AdapterPackage adapter);

    /** @return where the model was really loaded, at least one, in the order asked for; never changes */
    default List<Device> devices() {
        return List.of(Device.CPU);
    }

    /** Frees the session; idempotent. */
    @Override
    void close();
}
