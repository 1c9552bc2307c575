package org.loupe.cli;

import picocli.CommandLine;

/** {@code loupe model}: groups what is done with model packages. */
@CommandLine.Command(
        name = "model",
        description = "Lists, checks and imports model packages.",
        synopsisSubcommandLabel = "COMMAND")
final class ModelCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
