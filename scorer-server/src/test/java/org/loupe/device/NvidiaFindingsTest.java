package org.loupe.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NvidiaFindingsTest {
    private static final String TWO_H100 =
            "NVIDIA H100 80GB HBM3, 81559, 9.0, 580.65.06\nNVIDIA H100 80GB HBM3, 81559, 9.0, 580.65.06\n";
    private static final String NOT_COMPILED = "This binary was not compiled with CUDA support.";
    private static final String NO_LIBRARY = "Failed to load library libonnxruntime_providers_cuda.so with error:"
            + " libcublasLt.so.12: cannot open shared object file: No such file or directory";

    @TempDir
    private Path root;

    @Test
    void readsWhatNvidiaSmiSays() {
        NvidiaFindings found = NvidiaFindings.look(root, TWO_H100, Map.of());

        assertThat(found.driverVersion()).contains("580.65.06");
        assertThat(found.newestCuda()).isEqualTo(13);
        assertThat(found.gpus()).hasSize(2).allSatisfy(gpu -> {
            assertThat(gpu.name()).isEqualTo("NVIDIA H100 80GB HBM3");
            assertThat(gpu.memoryBytes()).hasValue(81559L << 20);
            assertThat(gpu.computeCapability()).contains("9.0");
        });
    }

    @Test
    void readsProcWhereThereIsNoNvidiaSmi() throws IOException {
        Path gpu = Files.createDirectories(root.resolve("proc/driver/nvidia/gpus/0000:01:00.0"));
        Files.writeString(gpu.resolve("information"), "Model: \t\t NVIDIA L4\nIRQ:   \t\t 16\n");
        Files.writeString(
                root.resolve("proc/driver/nvidia/version"),
                "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\n");

        NvidiaFindings found = NvidiaFindings.look(root, "", Map.of());

        assertThat(found.driverVersion()).contains("535.183.01");
        assertThat(found.newestCuda()).isEqualTo(12);
        assertThat(found.gpus()).extracting(NvidiaFindings.Gpu::name).containsExactly("NVIDIA L4");
    }

    @Test
    void aMachineWithoutAnyOfItHasNoDriver() {
        NvidiaFindings found = NvidiaFindings.look(root, "", Map.of());

        assertThat(found.driverPresent()).isFalse();
        assertThat(found.visibleGpus()).isZero();
        assertThat(found.newestCuda()).isZero();
    }

    @Test
    void errorsOfNvidiaSmiAreNoGpus() {
        String broken = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n";
        assertThat(NvidiaFindings.look(root, broken, Map.of()).gpus()).isEmpty();
    }

    @Test
    void theEnvironmentHidesGpus() {
        assertThat(look(TWO_H100, "1").visibleGpus()).isEqualTo(1);
        assertThat(look(TWO_H100, "0,1").visibleGpus()).isEqualTo(2);
        assertThat(look(TWO_H100, "-1").visibleGpus()).isZero();
        assertThat(look(TWO_H100, "").visibleGpus()).isZero();
        assertThat(look("", "GPU-8932f937,GPU-12").visibleGpus()).isEqualTo(2);
    }

    @Test
    void adviceNamesWhatIsMissingFirst() {
        NvidiaFindings none = NvidiaFindings.look(root, "", Map.of());
        NvidiaFindings two = NvidiaFindings.look(root, TWO_H100, Map.of());
        NvidiaFindings old = NvidiaFindings.look(root, "Tesla T4, 15360, 7.5, 550.54.14\n", Map.of());

        assertThat(CudaAdvice.of(false, none, 0, NOT_COMPILED)).startsWith("this machine shows no NVIDIA driver");
        assertThat(CudaAdvice.of(false, two, 0, NOT_COMPILED)).contains("LOUPE_CUDA=13", "LOUPE_CUDA=12");
        assertThat(CudaAdvice.of(false, old, 0, NOT_COMPILED))
                .contains("LOUPE_CUDA=12")
                .doesNotContain("LOUPE_CUDA=13");
        assertThat(CudaAdvice.of(true, two, 0, NO_LIBRARY))
                .startsWith("libcublasLt.so.12 is missing.")
                .contains("nvidia-cublas-cu12");
        assertThat(CudaAdvice.of(true, two, 2, "CUDA failure 101: invalid device ordinal"))
                .startsWith("there are 2 GPUs");
        assertThat(CudaAdvice.of(true, look(TWO_H100, "-1"), 0, "CUDA failure 100: no CUDA-capable device"))
                .startsWith("CUDA_VISIBLE_DEVICES=-1 hides every GPU");
        assertThat(CudaAdvice.of(true, two, 0, "CUDA failure 2: out of memory")).startsWith("CUDA failure 2");
    }

    private NvidiaFindings look(String smi, String visible) {
        return NvidiaFindings.look(root, smi, Map.of("CUDA_VISIBLE_DEVICES", visible));
    }
}
