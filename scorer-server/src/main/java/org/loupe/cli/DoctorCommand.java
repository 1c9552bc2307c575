package org.loupe.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.loupe.client.ScoreOptions;
import org.loupe.decode.MediaSource;
import org.loupe.engine.EngineConfig;
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
            "Looks at this machine: what is there, what is missing, what to install.",
            "Scores one generated picture on the processor, and on the GPU if this build is made for one, so that decoder, engine and"
                    + " bundled model have really run. Exit code 1 if something is broken."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  loupe doctor", "  LOUPE_CUDA=12 loupe doctor", "  loupe doctor --format json"})
final class DoctorCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--format",
            defaultValue = "table",
            paramLabel = "table|json",
            description = "json: one object with checks [{check, state, finding}] and ok (default: ${DEFAULT-VALUE})")
    private Format format;

    private enum Format {
        TABLE,
        JSON
    }

    /** What a finding means. */
    enum State {
        /** As it should be, or a plain fact. */
        OK,
        /** Loupe works without it; the finding says what it would take. */
        ADVICE,
        /** Something that should work does not. */
        BROKEN
    }

    /** One line of the report. */
    record Finding(String check, State state, String text) {}

    private final List<Finding> findings = new ArrayList<>();

    @Override
    public Integer call() {
        findings.addAll(MachineFindings.all());
        ok("model store", store());
        score("cpu");
        GpuFindings gpu = GpuFindings.look();
        findings.addAll(gpu.findings());
        if (gpu.worthTrying()) {
            score("cuda");
        }
        port("gRPC", 7431);
        port("HTTP", 7432);
        print();
        return isBroken() ? 1 : 0;
    }

    private boolean isBroken() {
        return findings.stream().anyMatch(finding -> finding.state() == State.BROKEN);
    }

    private void print() {
        PrintWriter out = spec.commandLine().getOut();
        if (format == Format.JSON) {
            ObjectNode root = JSON.createObjectNode();
            ArrayNode checks = root.putArray("checks");
            findings.forEach(finding -> checks.addObject()
                    .put("check", finding.check())
                    .put("state", finding.state().name().toLowerCase(Locale.ROOT))
                    .put("finding", finding.text()));
            root.put("ok", !isBroken());
            out.println(root);
        } else {
            findings.forEach(finding -> print(finding, out));
            out.println(isBroken() ? "Something is broken: the lines marked ! say what." : "All is well.");
        }
        out.flush();
    }

    private static void print(Finding finding, PrintWriter out) {
        String mark =
                switch (finding.state()) {
                    case OK -> " ";
                    case ADVICE -> "-";
                    case BROKEN -> "!";
                };
        out.printf(Locale.ROOT, "%s %-12s %s%n", mark, finding.check(), finding.text());
    }

    private void score(String device) {
        long start = System.nanoTime();
        String check = "on " + device;
        try (LocalScorer scorer =
                LocalScorer.open(BundledModels.DEFAULT, Optional.empty(), EngineConfig.DEFAULT.withDevice(device))) {
            ScoredMedia scored = scorer.scoreAsync(MediaSource.of(MachineFindings.picture()), ScoreOptions.DEFAULT)
                    .join();
            ok(
                    check,
                    String.format(
                            Locale.ROOT,
                            "%s scored a generated picture, start included in %.1f s",
                            scored.model(),
                            (System.nanoTime() - start) / 1e9));
        } catch (ScoringException | CompletionException | IOException | UnsatisfiedLinkError failure) {
            findings.add(new Finding(check, State.BROKEN, "scoring failed: " + failure.getMessage()));
        }
    }

    private void port(String name, int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            ok(name + " port", socket.getLocalPort() + " is free");
        } catch (IOException taken) {
            findings.add(new Finding(
                    name + " port",
                    State.ADVICE,
                    port + " is taken: a server runs already, or choose another for 'loupe serve'"));
        }
    }

    private static String store() {
        Path root = ModelStore.standard().root();
        return Files.isDirectory(root)
                ? root + ", " + ModelStore.standard().packages().size() + " packages"
                : root + " does not exist; 'loupe model import' and 'loupe train' need it only if you name it";
    }

    private void ok(String check, String text) {
        findings.add(new Finding(check, State.OK, text));
    }
}
