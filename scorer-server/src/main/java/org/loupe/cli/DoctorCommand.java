package org.loupe.cli;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import javax.imageio.ImageIO;
import org.loupe.client.ScoreOptions;
import org.loupe.decode.MediaSource;
import org.loupe.modelpackage.BundledModels;
import org.loupe.modelpackage.ModelStore;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.scoring.LocalScorer;
import picocli.CommandLine;

/** {@code loupe doctor}. */
@CommandLine.Command(
        name = "doctor",
        description = {
            "Looks at this machine: what is there, what is missing, what to do about it.",
            "Scores one generated picture, so that decoder, engine and bundled model have really run. Exit code 1 if something is broken."
        })
final class DoctorCommand implements Callable<Integer> {
    private static final long MEBIBYTE = 1 << 20;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private final List<String> broken = new ArrayList<>();

    @Override
    public Integer call() {
        Runtime machine = Runtime.getRuntime();
        tell("java", Runtime.version() + " in " + System.getProperty("java.home"));
        tell(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
                        + machine.availableProcessors() + " cores, heap up to " + machine.maxMemory() / MEBIBYTE
                        + " MiB");
        tell("processor", vectorInstructions());
        tell("model store", store());
        scoreSomething();
        port("gRPC", 7431);
        port("HTTP", 7432);
        PrintWriter out = spec.commandLine().getOut();
        out.println(broken.isEmpty() ? "All is well." : "Broken: " + String.join("; ", broken));
        out.flush();
        return broken.isEmpty() ? 0 : 1;
    }

    private void scoreSomething() {
        long start = System.nanoTime();
        try (LocalScorer scorer = LocalScorer.open(BundledModels.DEFAULT)) {
            ScoredMedia scored = scorer.scoreAsync(MediaSource.of(picture()), ScoreOptions.DEFAULT)
                    .join();
            tell(
                    "scoring",
                    String.format(
                            Locale.ROOT,
                            "%s scored a generated picture, start included in %.1f s",
                            scored.model(),
                            (System.nanoTime() - start) / 1e9));
        } catch (ScoringException | CompletionException | IOException | UnsatisfiedLinkError failure) {
            tell("scoring", "FAILED: " + failure.getMessage());
            broken.add("scoring: run 'loupe score' on a photo of yours and report what it says, with the lines above");
        }
    }

    private void port(String name, int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            tell(name + " port", socket.getLocalPort() + " is free");
        } catch (IOException taken) {
            tell(name + " port", port + " is taken: a server runs already, or choose another for 'loupe serve'");
        }
    }

    private static String store() {
        Path root = ModelStore.standard().root();
        return Files.isDirectory(root)
                ? root + ", " + ModelStore.standard().packages().size() + " packages"
                : root + " does not exist; 'loupe model import' and 'loupe train' need it only if you name it";
    }

    /** What decides the speed of int8 on a processor; only Linux tells without native code. */
    private static String vectorInstructions() {
        try {
            Set<String> known =
                    Set.of("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimd", "asimddp", "i8mm");
            Set<String> found = new TreeSet<>();
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"), StandardCharsets.UTF_8)) {
                if (line.startsWith("flags") || line.startsWith("Features")) {
                    found.addAll(List.of(line.split("\\s+")));
                    break;
                }
            }
            found.retainAll(known);
            return found.isEmpty() ? "no vector instructions recognised" : String.join(", ", found);
        } catch (IOException elsewhere) {
            return System.getProperty("os.arch");
        }
    }

    private static byte[] picture() throws IOException {
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

    private void tell(String what, String finding) {
        spec.commandLine().getOut().printf(Locale.ROOT, "%-12s %s%n", what, finding);
    }
}
