package org.loupe.cli;

import java.io.PrintWriter;
import org.loupe.client.ModelAdministration;
import picocli.CommandLine;

/** {@code loupe model alias}. */
@CommandLine.Command(
        name = "alias",
        description = {
            "Points an alias of a running server to a model in one step, or removes it.",
            "Requests may name an alias instead of a model; 'default' is what requests that name none go to."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  loupe model alias default one-align/2 --server 127.0.0.1:7431",
            "  loupe model alias house one-align --server 127.0.0.1:7431",
            "  loupe model alias house --remove --server 127.0.0.1:7431"
        })
final class ModelAliasCommand extends OnServerCommand {
    @CommandLine.Parameters(
            index = "0",
            paramLabel = "NAME",
            description = "1 to 64 lower-case letters, digits and dashes")
    private String alias;

    @CommandLine.Parameters(
            index = "1",
            arity = "0..1",
            defaultValue = "",
            paramLabel = "TARGET",
            description = "a name (its newest version now), name/version or another alias")
    private String target;

    @CommandLine.Option(names = "--remove", description = "remove the alias")
    private boolean remove;

    @Override
    void change(ModelAdministration models, PrintWriter out) {
        if (remove != target.isEmpty()) {
            throw wrong("give the model the alias is to point to, or --remove");
        }
        ModelAdministration.Aliased done = models.alias(alias, target);
        out.println(alias + " "
                + done.now().map(model -> "points to " + model).orElse("is removed")
                + done.before().map(model -> ", before to " + model).orElse(""));
    }
}
