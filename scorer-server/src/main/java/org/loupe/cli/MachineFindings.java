package org.loupe.cli;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.loupe.scoring.MemoryProbe;

/** What the machine itself is: Java, memory, processor, disk. */
final class MachineFindings {
    private static final long MEBIBYTE = 1 << 20;
    /** Below this a scratch file for a film or an import's staging may not fit. */
    private static final long LITTLE_DISK = 2L << 30;

    private MachineFindings() {}

    static List<DoctorCommand.Finding> all() {
        Runtime machine = Runtime.getRuntime();
        List<DoctorCommand.Finding> findings = new ArrayList<>();
        findings.add(ok("java", Runtime.version() + " in " + System.getProperty("java.home")));
        findings.add(ok(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
                        + machine.availableProcessors() + " processors for this process"));
        findings.add(ok(
                "memory",
                memory() + "heap up to " + machine.maxMemory() / MEBIBYTE
                        + " MiB (LOUPE_JAVA_OPTS=-Xmx...; models lie outside the heap)"));
        findings.add(ok("processor", processor()));
        findings.add(disk());
        return findings;
    }

    private static DoctorCommand.Finding ok(String check, String text) {
        return new DoctorCommand.Finding(check, DoctorCommand.State.OK, text);
    }

    /** As the server sees it when it decides whether a model fits: a container's limit counts. */
    private static String memory() {
        return MemoryProbe.system()
                .read()
                .map(memory -> String.format(
                        Locale.ROOT,
                        "%.1f GiB, %.1f of them available, ",
                        memory.totalBytes() / (double) (1L << 30),
                        memory.availableBytes() / (double) (1L << 30)))
                .orElse("");
    }

    /** Which of its instructions decide the speed of int8 and of fp16; only Linux tells without native code. */
    private static String processor() {
        String name = "";
        Set<String> flags = new TreeSet<>();
        for (String line : lines(Path.of("/proc/cpuinfo"))) {
            if (line.startsWith("model name") && name.isEmpty()) {
                name = line.substring(line.indexOf(':') + 1).strip() + ": ";
            } else if ((line.startsWith("flags") || line.startsWith("Features")) && flags.isEmpty()) {
                flags.addAll(List.of(line.split("\\s+")));
            }
        }
        if (flags.isEmpty()) {
            return name + System.getProperty("os.arch");
        }
        Set<String> found = new TreeSet<>(flags);
        found.retainAll(Set.of(
                "avx2",
                "avx512f",
                "avx512_vnni",
                "avx_vnni",
                "amx_int8",
                "amx_bf16",
                "asimd",
                "asimddp",
                "i8mm",
                "sve"));
        return name + (found.isEmpty() ? "no vector instructions recognised" : String.join(", ", found)) + "; "
                + int8Verdict(flags);
    }

    private static String int8Verdict(Set<String> flags) {
        if (flags.contains("amx_int8")) {
            return "int8 models run at their best (AMX)";
        }
        if (flags.contains("avx512_vnni")
                || flags.contains("avx_vnni")
                || flags.contains("i8mm")
                || flags.contains("asimddp")) {
            return "int8 models run fast (VNNI or its like)";
        }
        return "int8 models run, but without VNNI not faster than fp32 by much";
    }

    private static DoctorCommand.Finding disk() {
        Path scratch = Path.of(System.getProperty("java.io.tmpdir"));
        try {
            long free = Files.getFileStore(scratch).getUsableSpace();
            String text = String.format(Locale.ROOT, "%.1f GiB free in %s", free / 1073741824.0, scratch);
            return free < LITTLE_DISK
                    ? new DoctorCommand.Finding(
                            "disk", DoctorCommand.State.ADVICE, text + ": long videos and imports need more")
                    : ok("disk", text);
        } catch (IOException e) {
            return new DoctorCommand.Finding(
                    "disk", DoctorCommand.State.BROKEN, scratch + " cannot be used for scratch files: " + e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException elsewhere) {
            return List.of();
        }
    }

    /** @return a small PNG, so that a picture can be scored without one at hand */
    static byte[] picture() throws IOException {
        BufferedImage image = new BufferedImage(320, 240, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, Color.ORANGE, 320, 240, Color.BLUE));
        graphics.fillRect(0, 0, 320, 240);
        graphics.setColor(Color.WHITE);
        graphics.drawOval(80, 60, 160, 120);
        graphics.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }
}
