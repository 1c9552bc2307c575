package org.loupe.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.loupe.command.Termination;
import org.loupe.device.Device;
import org.loupe.device.DeviceChoice;
import org.loupe.server.LoupeServer;
import org.loupe.server.config.ConfigReader;
import org.loupe.server.config.ServerConfig;
import picocli.CommandLine;

/** {@code loupe serve}. */
@CommandLine.Command(
        name = "serve",
        sortOptions = false,
        description = {
            "Serves scores over gRPC and HTTP until it is told to stop (SIGTERM, Ctrl-C), then answers what is under way.",
            "Without settings it listens on this machine only. Any other address needs TLS and a token."
        },
        footerHeading = "%nTry:%n",
        footer = {
            "  loupe serve",
            "  loupe serve --set grpc.port=9000 --set http.enabled=false",
            "  loupe serve --print-config > loupe.properties    every setting with its meaning and default",
            "  loupe serve --config loupe.properties"
        })
final class ServeCommand implements Callable<Integer> {
    /** Every grace that can be set, one after the other. */
    private static final Duration LONGEST_DRAIN = Duration.ofHours(26);

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(names = "--config", paramLabel = "FILE", description = "a properties file with settings")
    private @Nullable Path file;

    @CommandLine.Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "one setting; overrules file and environment; may be repeated")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @CommandLine.Option(names = "--model", paramLabel = "REF", description = "short for --set model.default=REF")
    private @Nullable String model;

    @CommandLine.Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "short for --set engine.device=DEVICE: " + DeviceChoice.SYNTAX)
    private @Nullable String device;

    @CommandLine.Option(
            names = "--print-config",
            description = "print every setting with its meaning and default, and stop")
    private boolean printConfig;

    @Override
    public Integer call() throws InterruptedException {
        if (printConfig) {
            spec.commandLine().getOut().print(ConfigReader.documentation());
            spec.commandLine().getOut().flush();
            return 0;
        }
        Map<String, String> settings = new LinkedHashMap<>(overrides);
        if (model != null) {
            settings.put("model.default", model);
        }
        if (device != null) {
            settings.put("engine.device", device);
        }
        ServerConfig config = ConfigReader.read(file, System.getenv(), settings);
        PrintWriter err = spec.commandLine().getErr();
        try (Termination termination = Termination.listen(() -> {}, LONGEST_DRAIN);
                LoupeServer server = LoupeServer.start(config)) {
            announce(server, err);
            termination.await();
            err.println("loupe: stopping, answering what is under way; once more ends at once");
            err.flush();
            server.close();
            err.println("loupe: stopped");
            err.flush();
        }
        return 0;
    }

    private static void announce(LoupeServer server, PrintWriter err) {
        server.models()
                .all()
                .forEach(loaded -> err.println("loupe: model " + loaded.ref() + " on "
                        + loaded.devices().stream().map(Device::toString).collect(Collectors.joining(", "))));
        err.println("loupe: gRPC on " + server.grpcAddress());
        server.httpAddress()
                .ifPresent(address -> err.println("loupe: HTTP on " + address
                        + ", try: curl --data-binary @photo.jpg http://" + address + "/v1/score"));
        err.println("loupe: ready");
        err.flush();
    }
}
