package org.loupe.cli;

import java.io.PrintWriter;
import org.loupe.client.ModelAdministration;
import picocli.CommandLine;

/** {@code loupe model unload}. */
@CommandLine.Command(
        name = "unload",
        description = {
            "Takes a model or a taste adapter out of a running server: it gets no new requests, those it has are answered,"
                    + " then it is freed. What an alias points to, the default among them, is not unloaded; see 'loupe model alias'."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  loupe model unload one-align/1 --server 127.0.0.1:7431",
            "  loupe model unload --adapter house-style --server 127.0.0.1:7431"
        })
final class ModelUnloadCommand extends OnServerCommand {
    @CommandLine.Parameters(paramLabel = "NAME", description = "a name (its newest version), name/version or an alias")
    private String name;

    @CommandLine.Option(names = "--adapter", description = "NAME is a taste adapter")
    private boolean adapter;

    @CommandLine.Option(
            names = "--on",
            paramLabel = "MODEL",
            defaultValue = "",
            description = "with --adapter: the model it is loaded on (default: the server's default)")
    private String model;

    @Override
    void change(ModelAdministration models, PrintWriter out) {
        if (adapter) {
            out.println("adapter " + models.unloadAdapter(name, model) + " is unloaded");
            return;
        }
        ModelAdministration.Unloaded done = models.unload(name);
        out.println(done.model() + " is unloaded"
                + (done.cutOff() == 0 ? "" : "; " + done.cutOff() + " requests were cut off after the drain time"));
    }
}
