package org.loupe.engine;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;

/** Which build of ONNX Runtime is at hand. Says nothing about a GPU being there. Safe for use by many threads. */
public final class EngineBuild {
    private EngineBuild() {}

    /** @return whether the natives have the CUDA provider */
    public static boolean withCuda() {
        GpuNatives.prepare();
        return OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
    }

    /** @return which CUDA the natives are linked to: 12, 13, or 0 for none */
    public static int cudaMajor() {
        return withCuda() ? GpuNatives.cudaMajor() : 0;
    }
}
