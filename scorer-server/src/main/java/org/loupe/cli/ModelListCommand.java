package org.loupe.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.loupe.client.ClientConfig;
import org.loupe.client.ModelAdministration;
import org.loupe.client.ModelInfo;
import org.loupe.modelpackage.AdapterManifest;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.AdapterStore;
import org.loupe.modelpackage.BundledModels;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelStore;
import org.loupe.score.AdapterRef;
import org.loupe.score.ScoringException;
import picocli.CommandLine;

/** {@code loupe model list}. */
@CommandLine.Command(
        name = "list",
        description = {
            "Lists the models --model finds by name: the bundled ones, then those in the model store; then the adapters there, which"
                    + " --adapter finds, with the model each was made for.",
            "The store is ~/.loupe/models, or where the environment variable " + ModelStore.ENVIRONMENT + " says.",
            "With --server: the models that server holds, what state they are in, and under which names they answer."
        })
final class ModelListCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Mixin
    private ServerOptions server;

    private final ModelStore store;

    ModelListCommand() {
        this(ModelStore.standard());
    }

    /** @param store what is listed without a server */
    ModelListCommand(ModelStore store) {
        this.store = store;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Optional<ClientConfig> config = server.config();
        if (config.isPresent()) {
            try (ModelAdministration administration = ModelAdministration.connect(config.get())) {
                administration.list().forEach(model -> print(out, model));
            }
            out.flush();
            return 0;
        }
        BundledModels bundled = new BundledModels();
        for (String entry : bundled.list()) {
            try (ModelPackage model = bundled.open(entry)) {
                print(out, model.manifest(), "bundled");
            }
        }
        int broken = 0;
        for (Path place : store.packages()) {
            try (ModelPackage model = ModelPackage.open(place)) {
                print(out, model.manifest(), place.toString());
            } catch (ScoringException failure) {
                broken++;
                out.println(place + ": " + failure.reason() + ": " + failure.getMessage());
            }
        }
        for (Path place : new AdapterStore(store.root()).packages()) {
            try (AdapterPackage adapter = AdapterPackage.open(place)) {
                print(out, adapter.manifest(), place);
            } catch (ScoringException failure) {
                broken++;
                out.println(place + ": " + failure.reason() + ": " + failure.getMessage());
            }
        }
        out.flush();
        return broken == 0 ? 0 : 1;
    }

    private static void print(PrintWriter out, ModelInfo model) {
        StringBuilder names = new StringBuilder(String.join(",", model.aliases()));
        if (!model.adapters().isEmpty()) {
            names.append("  adapters ")
                    .append(model.adapters().stream().map(AdapterRef::toString).collect(Collectors.joining(",")));
        }
        out.printf(
                Locale.ROOT,
                "%-24s %-5s %-9s %s%n",
                model.ref(),
                model.precision(),
                model.state().name().toLowerCase(Locale.ROOT),
                names);
    }

    private static void print(PrintWriter out, AdapterManifest adapter, Path place) {
        out.printf(
                Locale.ROOT,
                "%-24s %-5s %-22s %s%n",
                adapter.name() + "/" + adapter.version(),
                adapter.precision(),
                "adapter of " + adapter.base().name() + "/" + adapter.base().version(),
                place);
    }

    private static void print(PrintWriter out, Manifest manifest, String where) {
        out.printf(
                Locale.ROOT,
                "%-24s %-5s %-22s %s%n",
                manifest.name() + "/" + manifest.version(),
                manifest.precision(),
                manifest.prompts().stream()
                        .map(prompt -> prompt.task().id())
                        .distinct()
                        .collect(Collectors.joining(",")),
                where);
    }
}
