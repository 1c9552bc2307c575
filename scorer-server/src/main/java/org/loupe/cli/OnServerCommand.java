package org.loupe.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.loupe.client.ClientConfig;
import org.loupe.client.ModelAdministration;
import picocli.CommandLine;

/** A command that changes the models of a running server. */
abstract class OnServerCommand implements Callable<Integer> {
    /** The largest models are read from slow disks in some minutes, and what they replace is drained before. */
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Mixin
    private ServerOptions server;

    @Override
    public final Integer call() {
        ClientConfig config = server.config().orElseThrow(() -> wrong("name the server: --server HOST:PORT"));
        PrintWriter out = spec.commandLine().getOut();
        try (ModelAdministration models = ModelAdministration.connect(config.withDeadline(PATIENCE))) {
            change(models, out);
        }
        out.flush();
        return 0;
    }

    /** Makes the change and says what was done. */
    abstract void change(ModelAdministration models, PrintWriter out);

    /** @return what the command line is told to be wrong with */
    final CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
