package org.loupe.cli;

import picocli.CommandLine;

/** {@code loupe} without a subcommand shows what there is. */
@CommandLine.Command(
        name = "loupe",
        description =
                "Tells which of your photos and videos are good: a quality and an aesthetics score, 1 (bad) to 5 (excellent).",
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nTry:%n",
        footer = {
            "  loupe demo                               six photographs, damaged and scored",
            "  loupe score ~/Pictures --recursive       a table of your own",
            "  loupe score photo.jpg --format json      for a script",
            "  loupe watch ~/Pictures                   scores into XMP sidecars as photos arrive",
            "  loupe serve                              gRPC on port 7431, HTTP on port 7432",
            "",
            "loupe COMMAND --help tells about one command."
        })
final class RootCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
