package org.loupe.cli;

import java.io.File;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.loupe.modelpackage.AdapterManifest;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import picocli.CommandLine;

/** {@code loupe model verify}. */
@CommandLine.Command(
        name = "verify",
        description = "Reads every byte of a model or adapter package and compares it with the digest in its manifest.")
final class ModelVerifyCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(
            paramLabel = "MODEL",
            description = "a bundled name, a directory or zip, or name/version in the model store;"
                    + " the directory of an adapter")
    private String reference;

    @Override
    public Integer call() {
        if (new File(reference, AdapterPackage.MANIFEST).isFile()) {
            verifyAdapter(Path.of(reference));
            return 0;
        }
        try (ModelPackage model = ModelResolver.standard().open(reference)) {
            model.verify();
            Manifest manifest = model.manifest();
            PrintWriter out = spec.commandLine().getOut();
            print(out, manifest.name(), manifest.version(), manifest.digest(), manifest.licence());
            out.flush();
            return 0;
        }
    }

    /** Opening an adapter compares its digest, whatever its size. */
    private void verifyAdapter(Path place) {
        try (AdapterPackage adapter = AdapterPackage.open(place)) {
            AdapterManifest manifest = adapter.manifest();
            PrintWriter out = spec.commandLine().getOut();
            print(out, manifest.name(), manifest.version(), manifest.digest(), manifest.licence());
            out.println("runs on " + manifest.base().words());
            out.flush();
        }
    }

    private static void print(PrintWriter out, String name, String version, String digest, Manifest.Licence licence) {
        out.println(name + "/" + version + " is whole, digest " + digest);
        out.println("licence " + licence.id() + ", commercial use " + licence.commercialUse());
    }
}
