package org.loupe.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import picocli.CommandLine;

/** {@code loupe model verify}. */
@CommandLine.Command(
        name = "verify",
        description = "Reads every byte of a model package and compares it with the digest in its manifest.")
final class ModelVerifyCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(
            paramLabel = "MODEL",
            description = "a bundled name, a directory or zip, or name/version in the model store")
    private String reference;

    @Override
    public Integer call() {
        try (ModelPackage model = ModelResolver.standard().open(reference)) {
            model.verify();
            Manifest manifest = model.manifest();
            PrintWriter out = spec.commandLine().getOut();
            out.println(manifest.name() + "/" + manifest.version() + " is whole, digest " + manifest.digest());
            out.println("licence " + manifest.licence().id() + ", commercial use "
                    + manifest.licence().commercialUse());
            out.flush();
            return 0;
        }
    }
}
