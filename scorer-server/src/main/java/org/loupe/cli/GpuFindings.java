package org.loupe.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.loupe.device.CudaLibraries;
import org.loupe.device.NvidiaFindings;
import org.loupe.engine.EngineBuild;

/**
 * What stands between this process and a GPU.
 *
 * @param findings lines of the report
 * @param worthTrying whether this build is made for a GPU and a driver is there, so that scoring on it must work
 */
record GpuFindings(List<DoctorCommand.Finding> findings, boolean worthTrying) {
    GpuFindings {
        findings = List.copyOf(findings);
    }

    static GpuFindings look() {
        return of(NvidiaFindings.look(), EngineBuild.cudaMajor());
    }

    /** @param built which CUDA this build is made for, 0 for none */
    static GpuFindings of(NvidiaFindings machine, int built) {
        List<DoctorCommand.Finding> findings = new ArrayList<>();
        findings.add(driver(machine));
        for (NvidiaFindings.Gpu gpu : machine.gpus()) {
            findings.add(fact("gpu", describe(gpu)));
        }
        if (machine.visible().isPresent()) {
            findings.add(fact(
                    "gpu", "CUDA_VISIBLE_DEVICES=" + machine.visible().get() + " leaves " + machine.visibleGpus()));
        }
        if (machine.driverPresent()) {
            for (CudaLibraries libraries : CudaLibraries.values()) {
                findings.add(libraries(libraries, built));
            }
        }
        findings.add(build(machine, built));
        return new GpuFindings(findings, machine.driverPresent() && built > 0);
    }

    private static DoctorCommand.Finding driver(NvidiaFindings machine) {
        if (!machine.driverPresent()) {
            return fact("gpu", "no NVIDIA driver here; Loupe runs on the processor");
        }
        String version = machine.driverVersion().orElse("unknown");
        int newest = machine.newestCuda();
        return fact(
                "gpu driver",
                version
                        + (newest == 0
                                ? ""
                                : newest < 12
                                        ? ", too old for CUDA 12: install 525 or newer"
                                        : ", runs CUDA " + newest + " and older"));
    }

    private static String describe(NvidiaFindings.Gpu gpu) {
        return gpu.name()
                + (gpu.memoryBytes().isPresent()
                        ? String.format(
                                Locale.ROOT, ", %.0f GiB", gpu.memoryBytes().getAsLong() / 1073741824.0)
                        : "")
                + gpu.computeCapability()
                        .map(version -> ", compute capability " + version)
                        .orElse("");
    }

    private static DoctorCommand.Finding libraries(CudaLibraries libraries, int built) {
        List<String> missing = libraries.missing();
        String check = "cuda " + libraries.major();
        if (missing.isEmpty()) {
            return fact(check, "its libraries are all there");
        }
        boolean needed = built == libraries.major();
        String text = "missing: " + String.join(", ", missing)
                + (needed || built == 0 ? ". " + CudaLibraries.howToInstall(missing.get(0)) : "");
        return new DoctorCommand.Finding(check, needed ? DoctorCommand.State.BROKEN : DoctorCommand.State.ADVICE, text);
    }

    private static DoctorCommand.Finding build(NvidiaFindings machine, int built) {
        if (built > 0) {
            return fact("this build", "ONNX Runtime for CUDA " + built + " and processors");
        }
        if (!machine.driverPresent()) {
            return fact("this build", "ONNX Runtime for processors");
        }
        int best = machine.newestCuda() == 13 && CudaLibraries.CUDA_13.missing().isEmpty() ? 13 : 12;
        return new DoctorCommand.Finding(
                "this build",
                DoctorCommand.State.ADVICE,
                "ONNX Runtime for processors only, so the GPU lies idle: start with LOUPE_CUDA=" + best
                        + " ./loupe ...");
    }

    private static DoctorCommand.Finding fact(String check, String text) {
        return new DoctorCommand.Finding(check, DoctorCommand.State.OK, text);
    }
}
