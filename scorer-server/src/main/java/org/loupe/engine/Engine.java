package org.loupe.engine;

/** One loaded model on one device. One run at a time: the owner thread calls {@link #run}, any thread may read the rest. */
public interface Engine extends AutoCloseable {
    /**
     * Scores one batch in one graph run.
     *
     * @throws org.loupe.score.ScoringException MODEL_FAILED if the device refuses the run
     */
    EngineResult run(EngineBatch batch);

    /** Frees the session; idempotent. */
    @Override
    void close();
}
