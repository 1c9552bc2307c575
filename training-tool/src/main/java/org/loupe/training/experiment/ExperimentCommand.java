package org.loupe.training.experiment;

import java.io.PrintWriter;
import picocli.CommandLine;

/** {@code loupe experiment}. */
@CommandLine.Command(
        name = "experiment",
        description = {
            "Answers questions about learning from ratings: which objective, how many levels, how much of it carries over.",
            "",
            "  ./loupe experiment run objectives --data mine=photos/labels.csv --out experiments"
        },
        subcommands = {ExperimentRunCommand.class, ExperimentCommand.ListCommand.class})
final class ExperimentCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /** {@code loupe experiment list}. */
    @CommandLine.Command(name = "list", description = "Names the recipes that are shipped, and what they ask.")
    static final class ListCommand implements Runnable {
        @CommandLine.Spec
        private CommandLine.Model.CommandSpec spec;

        @Override
        public void run() {
            PrintWriter out = spec.commandLine().getOut();
            for (String name : ExperimentRecipe.SHIPPED) {
                out.printf("%-20s %s%n", name, ExperimentRecipe.read(name).title());
            }
            out.flush();
        }
    }
}
