package org.loupe.export;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.loupe.modelpackage.Manifest;
import picocli.CommandLine;

/** What whoever imports a package says of it, for every command that writes one. */
public final class PackageOptions {
    @CommandLine.Option(
            names = "--name",
            required = true,
            paramLabel = "NAME",
            description = "name in the manifest: lower-case letters, digits and dashes")
    private String name = "";

    @CommandLine.Option(
            names = "--licence",
            defaultValue = "unknown",
            paramLabel = "ID",
            description = "terms of the weights, an SPDX id or a plain name (default: ${DEFAULT-VALUE})")
    private String licence = "";

    @CommandLine.Option(names = "--licence-url", paramLabel = "URL", description = "where the terms stand")
    private @Nullable String licenceUrl;

    @CommandLine.Option(
            names = "--commercial-use",
            defaultValue = "unknown",
            paramLabel = "yes|no|unknown",
            description = "what the terms say of commercial use (default: ${DEFAULT-VALUE})")
    private String commercialUse = "";

    @CommandLine.Option(
            names = "--revision",
            paramLabel = "REV",
            description = "revision of what is imported, for the record")
    private @Nullable String revision;

    /** @return name in the manifest */
    public String name() {
        return name;
    }

    /** @return revision of what is imported, when it was said */
    public @Nullable String revision() {
        return revision;
    }

    /**
     * @param spec of the command, for its usage in the message
     * @throws CommandLine.ParameterException if commercial use is none of yes, no and unknown
     */
    public Manifest.Licence licence(CommandLine.Model.CommandSpec spec) {
        if (!List.of("yes", "no", "unknown").contains(commercialUse)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--commercial-use must be yes, no or unknown, was " + commercialUse);
        }
        return new Manifest.Licence(licence, commercialUse, licenceUrl);
    }
}
