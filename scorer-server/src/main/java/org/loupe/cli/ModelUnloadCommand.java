package org.loupe.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.loupe.client.ModelAdministration;
import picocli.CommandLine;

/** {@code loupe model unload}. */
@CommandLine.Command(
        name = "unload",
        description = {
            "Takes a model or a taste adapter out of a running server: it gets no new requests, those it has are answered,",
            "then it is freed. What an alias points to, the default among them, is not unloaded; see 'loupe model alias'."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  loupe model unload one-align/1 --server 127.0.0.1:7431",
            "  loupe model unload --adapter house-style --server 127.0.0.1:7431"
        })
final class ModelUnloadCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(paramLabel = "NAME", description = "a name (its newest version), name/version or an alias")
    private String name;

    @CommandLine.Mixin
    private ServerOptions server;

    @CommandLine.Option(names = "--adapter", description = "NAME is a taste adapter")
    private boolean adapter;

    @CommandLine.Option(
            names = "--on",
            paramLabel = "MODEL",
            defaultValue = "",
            description = "with --adapter: the model it is loaded on (default: the server's default)")
    private String model;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (ModelAdministration administration = server.connect()) {
            if (adapter) {
                out.println("adapter " + administration.unloadAdapter(name, model) + " is unloaded");
            } else {
                ModelAdministration.Unloaded done = administration.unload(name);
                out.println(done.model() + " is unloaded"
                        + (done.cutOff() == 0
                                ? ""
                                : "; " + done.cutOff() + " requests were cut off after the drain time"));
            }
        }
        out.flush();
        return 0;
    }
}
