package org.loupe.batch;

import org.loupe.engine.Engine;

/** Puts a queue before an engine. Safe for use by many threads. */
@FunctionalInterface
public interface ScoreQueueFactory {
    /**
     * @param engine stays the caller's; from now on only the queue runs it
     * @return the caller closes it, before the engine
     */
    ScoreQueue over(Engine engine);
}
