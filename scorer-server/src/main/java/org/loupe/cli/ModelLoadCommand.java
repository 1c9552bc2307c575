package org.loupe.cli;

import java.io.PrintWriter;
import org.loupe.client.ModelAdministration;
import picocli.CommandLine;

/** {@code loupe model load}. */
@CommandLine.Command(
        name = "load",
        description = {
            "Loads a model or a taste adapter into a running server, which answers meanwhile as before.",
            "A model is verified, opened and run once before anybody sees it; if that fails nothing has changed.",
            "Changes last until the server stops; what it loads at its start stands in its settings."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  loupe model load one-align/2 --server 127.0.0.1:7431",
            "  loupe model load one-align/2 --server 127.0.0.1:7431 --alias default --replace",
            "  loupe model load --adapter house-style --on one-align --server 127.0.0.1:7431"
        })
final class ModelLoadCommand extends OnServerCommand {
    @CommandLine.Parameters(
            paramLabel = "REF",
            description =
                    "a bundled name, or name or name/version in the server's store; a path on the server if it allows"
                            + " that (model.administration=paths)")
    private String reference;

    @CommandLine.Option(
            names = "--alias",
            paramLabel = "NAME",
            defaultValue = "",
            description = "point this alias to it once it is ready; 'default' makes it the default")
    private String alias;

    @CommandLine.Option(
            names = "--replace",
            description =
                    "it takes the place of what the alias points to, or of the loaded versions of its name; where memory"
                            + " does not hold both, the old one is drained first")
    private boolean replace;

    @CommandLine.Option(names = "--adapter", description = "REF is a taste adapter")
    private boolean adapter;

    @CommandLine.Option(
            names = "--on",
            paramLabel = "MODEL",
            defaultValue = "",
            description = "with --adapter: the model it is for (default: the server's default)")
    private String model;

    @Override
    void change(ModelAdministration models, PrintWriter out) {
        if (adapter) {
            ModelAdministration.Adapted done = models.loadAdapter(reference, model);
            out.println("adapter " + done.adapter() + " is ready on " + done.model());
            return;
        }
        ModelAdministration.Loaded done = models.load(reference, alias, replace);
        out.println(done.model().ref() + " is ready"
                + (done.model().aliases().isEmpty()
                        ? ""
                        : " and answers as " + String.join(", ", done.model().aliases())));
        done.unloaded()
                .forEach(gone -> out.println(gone + " is unloaded"
                        + (done.drainedFirst() ? "; it had to go first, memory does not hold both" : "")));
        if (done.cutOff() > 0) {
            out.println(done.cutOff() + " requests were cut off after the drain time");
        }
    }
}
