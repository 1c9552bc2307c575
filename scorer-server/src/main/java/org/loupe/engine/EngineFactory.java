package org.loupe.engine;

import org.loupe.modelpackage.ModelPackage;

/** Loads models onto the devices that the settings ask for. Safe for use by many threads. */
@FunctionalInterface
public interface EngineFactory {
    /**
     * @param model stays the caller's and open as long as the engine
     * @return the caller closes it
     * @throws org.loupe.score.ScoringException MODEL_PACKAGE_INVALID if the graph cannot be loaded, DEVICE_UNAVAILABLE if a device that was
     *     named cannot be used
     */
    Engine open(ModelPackage model);
}
