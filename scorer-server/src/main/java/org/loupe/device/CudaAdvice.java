package org.loupe.device;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What stands between this process and a GPU, and what to do about it, in words for the person who asked for one. */
public final class CudaAdvice {
    private static final String PAGE = "'loupe doctor' shows all findings, docs/gpu.md both ways";
    /** How the dynamic loader names what it did not find, through ONNX Runtime's words. */
    private static final Pattern MISSING =
            Pattern.compile("(lib[\\w+-]+\\.so(?:\\.\\d+)*): cannot open shared object file");

    private CudaAdvice() {}

    /**
     * @param builtWithCuda whether ONNX Runtime's natives at hand have the CUDA provider
     * @param machine what the driver tells
     * @param index the GPU that was asked for
     * @param refusal what ONNX Runtime said
     * @return one line, what is missing first
     */
    public static String of(boolean builtWithCuda, NvidiaFindings machine, int index, String refusal) {
        if (!machine.driverPresent()) {
            return "this machine shows no NVIDIA driver. Install the driver for your GPU (525 or newer for CUDA 12, 580 or newer for"
                    + " CUDA 13); in a container pass the GPU through, for instance with 'docker run --gpus all'"
                    + (builtWithCuda ? "" : "; then start with LOUPE_CUDA=12 or LOUPE_CUDA=13 ./loupe ...") + ". "
                    + PAGE;
        }
        if (!builtWithCuda) {
            return "this build of Loupe carries ONNX Runtime for processors only. Start it with "
                    + (machine.newestCuda() == 13
                            ? "LOUPE_CUDA=13 ./loupe ... (CUDA 13, cuDNN 9) or LOUPE_CUDA=12 ./loupe ... (CUDA 12)"
                            : "LOUPE_CUDA=12 ./loupe ... (CUDA 12)")
                    + ". " + PAGE;
        }
        int visible = machine.visibleGpus();
        if (machine.visible().isPresent() && visible == 0) {
            return "CUDA_VISIBLE_DEVICES=" + machine.visible().get() + " hides every GPU. " + PAGE;
        }
        Optional<String> library = missingLibrary(refusal);
        if (library.isPresent()) {
            return library.get() + " is missing. " + CudaLibraries.howToInstall(library.get()) + " " + PAGE;
        }
        if (visible > 0 && index >= visible) {
            return "there are " + visible + " GPUs, numbered from 0. " + PAGE;
        }
        return refusal + ". " + PAGE;
    }

    private static Optional<String> missingLibrary(String refusal) {
        Matcher matcher = MISSING.matcher(refusal);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
