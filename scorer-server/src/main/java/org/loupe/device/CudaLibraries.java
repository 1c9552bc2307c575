package org.loupe.device;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Loader;

/** The shared libraries that ONNX Runtime's CUDA provider is linked to, for each of the two ways of getting it. */
public enum CudaLibraries {
    /** What com.microsoft.onnxruntime:onnxruntime_gpu links. */
    CUDA_12(12, "libcuda.so.1 libcudart.so.12 libcublas.so.12 libcublasLt.so.12 libcurand.so.10"),
    /** What org.bytedeco:onnxruntime's -gpu natives link. */
    CUDA_13(13, "libcuda.so.1 libcudart.so.13 libcublas.so.13 libcublasLt.so.13 libcudnn.so.9");

    private final int major;
    private final String names;

    CudaLibraries(int major, String names) {
        this.major = major;
        this.names = names;
    }

    /** @return the major version of CUDA */
    public int major() {
        return major;
    }

    /** @return sonames, in the order in which they need each other */
    public List<String> names() {
        return List.of(names.split(" "));
    }

    /**
     * Opens each library as the CUDA provider would, by name through the dynamic loader. What is opened stays open, so this is for a
     * process that only looks.
     *
     * @return the names of those that do not open; all of them on a system without a dynamic loader
     */
    public List<String> missing() {
        List<String> missing = new ArrayList<>();
        for (String name : names()) {
            try {
                Loader.loadGlobal(name);
            } catch (UnsatisfiedLinkError e) {
                missing.add(name);
            }
        }
        return missing;
    }

    /**
     * @param library soname of a library that does not open
     * @return one sentence naming what to install, for Debian and Ubuntu with NVIDIA's repository, or with pip
     */
    public static String howToInstall(String library) {
        if (library.startsWith("libcuda.so")) {
            return "It comes with the NVIDIA driver; in a container it is there only if the GPU is passed through.";
        }
        if (library.startsWith("libcudnn")) {
            return "Install cuDNN 9 (cudnn9-cuda-13 of NVIDIA's package repository, or pip's nvidia-cudnn-cu13) and see that the loader"
                    + " finds it (ldconfig or LD_LIBRARY_PATH).";
        }
        if (library.endsWith(".so.13")) {
            return "Install the CUDA 13 runtime (cuda-libraries-13-0 of NVIDIA's package repository, or pip's nvidia-cublas and"
                    + " nvidia-cuda-runtime) and see that the loader finds it (ldconfig or LD_LIBRARY_PATH).";
        }
        if (library.startsWith("libcu")) {
            return "Install the CUDA 12 runtime (cuda-libraries-12-9 of NVIDIA's package repository, or pip's nvidia-cublas-cu12,"
                    + " nvidia-curand-cu12 and nvidia-cuda-runtime-cu12) and see that the loader finds it (ldconfig or LD_LIBRARY_PATH).";
        }
        return "Install the package that brings it and see that the loader finds it (ldconfig or LD_LIBRARY_PATH).";
    }
}
