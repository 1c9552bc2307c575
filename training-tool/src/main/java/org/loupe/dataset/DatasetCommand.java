package org.loupe.dataset;

import picocli.CommandLine;

/** {@code loupe dataset}: groups what is done with rated pictures before training. */
@CommandLine.Command(
        name = "dataset",
        description = "Checks rated pictures, divides them into folds, and converts the label files of published sets.",
        synopsisSubcommandLabel = "COMMAND")
final class DatasetCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
