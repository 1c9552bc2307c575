package org.loupe.device;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the NVIDIA driver of this machine tells about itself.
 *
 * @param driverVersion such as 580.65.06; empty where no driver was found
 * @param gpus what is built in, in the driver's order, which need not be CUDA's; empty where the driver does not tell
 * @param visible what {@code CUDA_VISIBLE_DEVICES} leaves of them; empty where it is not set
 */
public record NvidiaFindings(Optional<String> driverVersion, List<Gpu> gpus, Optional<String> visible) {
    /** From this driver on CUDA 13 programs run. */
    private static final int DRIVER_FOR_CUDA_13 = 580;
    /** From this driver on CUDA 12 programs run. */
    private static final int DRIVER_FOR_CUDA_12 = 525;

    private static final Pattern VERSION = Pattern.compile("\\b(\\d{3,4}\\.\\d+(?:\\.\\d+)?)\\b");
    /** A healthy driver answers within a second; a hung one must not hang us. */
    private static final long SMI_PATIENCE_SECONDS = 15;

    /**
     * One GPU.
     *
     * @param name as the driver says it, such as NVIDIA H100
     * @param memoryBytes all of its memory, if known
     * @param computeCapability such as 9.0; empty if unknown
     */
    public record Gpu(String name, OptionalLong memoryBytes, Optional<String> computeCapability) {}

    public NvidiaFindings {
        gpus = List.copyOf(gpus);
    }

    /** @return what is there now; never fails, an unreadable answer is none */
    public static NvidiaFindings look() {
        return look(Path.of("/"), smi(), System.getenv());
    }

    /**
     * @param root what the absolute paths below /proc and /dev are relative to
     * @param smi what {@code nvidia-smi --query-gpu=name,memory.total,compute_cap,driver_version --format=csv,noheader,nounits} printed
     */
    static NvidiaFindings look(Path root, String smi, Map<String, String> environment) {
        List<Gpu> gpus = new ArrayList<>();
        Optional<String> version = Optional.empty();
        for (String line : smi.lines().toList()) {
            String[] cells = line.split(",");
            if (cells.length == 4) {
                gpus.add(new Gpu(cells[0].strip(), mebibytes(cells[1].strip()), capability(cells[2].strip())));
                version = Optional.of(cells[3].strip());
            }
        }
        if (gpus.isEmpty()) {
            gpus.addAll(fromProc(root.resolve("proc/driver/nvidia/gpus")));
        }
        if (version.isEmpty()) {
            version = procVersion(root.resolve("proc/driver/nvidia/version"));
        }
        if (version.isEmpty()
                && (Files.exists(root.resolve("dev/nvidiactl")) || Files.exists(root.resolve("dev/dxg")))) {
            version = Optional.of("unknown"); // a container that hides /proc, or Windows' Linux subsystem
        }
        return new NvidiaFindings(version, gpus, Optional.ofNullable(environment.get("CUDA_VISIBLE_DEVICES")));
    }

    private static OptionalLong mebibytes(String text) {
        return text.matches("\\d{1,9}") ? OptionalLong.of(Long.parseLong(text) << 20) : OptionalLong.empty();
    }

    private static Optional<String> capability(String text) {
        return text.matches("\\d+\\.\\d+") ? Optional.of(text) : Optional.empty();
    }

    private static List<Gpu> fromProc(Path folder) {
        List<Gpu> gpus = new ArrayList<>();
        try (DirectoryStream<Path> each = Files.newDirectoryStream(folder)) {
            for (Path gpu : each) {
                String name = Files.readAllLines(gpu.resolve("information"), StandardCharsets.UTF_8).stream()
                        .filter(line -> line.startsWith("Model:"))
                        .map(line -> line.substring("Model:".length()).strip())
                        .findFirst()
                        .orElse("NVIDIA GPU");
                gpus.add(new Gpu(name, OptionalLong.empty(), Optional.empty()));
            }
        } catch (IOException absent) {
            return gpus;
        }
        return gpus;
    }

    private static Optional<String> procVersion(Path file) {
        try {
            Matcher matcher = VERSION.matcher(Files.readString(file));
            return Optional.of(matcher.find() ? matcher.group(1) : "unknown");
        } catch (IOException absent) {
            return Optional.empty();
        }
    }

    private static String smi() {
        try {
            Process process = new ProcessBuilder(
                            "nvidia-smi",
                            "--query-gpu=name,memory.total,compute_cap,driver_version",
                            "--format=csv,noheader,nounits")
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(SMI_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "";
            }
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.exitValue() == 0 ? text : "";
        } catch (IOException absent) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** @return whether there is a driver at all */
    public boolean driverPresent() {
        return driverVersion.isPresent();
    }

    /** @return how many GPUs CUDA should find, 0 if none or unknown */
    public int visibleGpus() {
        if (visible.isEmpty()) {
            return gpus.size();
        }
        // CUDA stops at the first entry it cannot use; -1 is the usual way of hiding all
        long named = Arrays.stream(visible.get().split(","))
                .map(String::strip)
                .takeWhile(entry -> !entry.isEmpty() && !entry.equals("-1"))
                .count();
        return (int) (gpus.isEmpty() ? named : Math.min(named, gpus.size()));
    }

    /** @return the newest major version of CUDA the driver runs, 0 if none or unknown */
    public int newestCuda() {
        String major = driverVersion.orElse("").split("\\.")[0];
        if (!major.matches("\\d{1,5}")) {
            return 0;
        }
        int number = Integer.parseInt(major);
        return number >= DRIVER_FOR_CUDA_13 ? 13 : number >= DRIVER_FOR_CUDA_12 ? 12 : 11;
    }
}
