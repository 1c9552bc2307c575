package org.loupe.cli;

import java.util.Optional;
import picocli.CommandLine;

/** The version in the jar's manifest; classes run from a build folder have none. */
final class ProductVersion implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Optional.ofNullable(LoupeMain.class.getPackage().getImplementationVersion())
                .orElse("from source");
        return new String[] {
            "loupe " + version,
            "Java " + Runtime.version() + ", " + System.getProperty("os.name") + " " + System.getProperty("os.arch")
        };
    }
}
