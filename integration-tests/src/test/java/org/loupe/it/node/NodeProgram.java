package org.loupe.it.node;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of {@code src/test/node} that look at the product from outside Java. What they lack is said loudly. */
public final class NodeProgram {
    /**
     * @param exit 127 if the program is not there, 124 if it took longer than five minutes
     * @param output standard output; the error stream too where it failed
     */
    public record Run(int exit, String output) {}

    private NodeProgram() {}

    /**
     * Copies the files and installs what their lock file names. The test is skipped, loudly, where that cannot be done.
     *
     * @param source below {@code src/test/node}; empty for that directory itself
     */
    public static void install(Path directory, String source, List<String> files, String test)
            throws IOException, InterruptedException {
        Files.createDirectories(directory);
        for (String name : files) {
            Files.copy(Path.of("src/test/node", source, name), directory.resolve(name));
        }
        Run install = run(directory, List.of("npm", "ci", "--no-audit", "--no-fund"));
        lacks(
                install.exit() != 0,
                test + " needs Node.js, npm and the npm registry: "
                        + install.output().strip());
    }

    /** Skips the test, saying so on the error stream as well, where nobody overlooks it. */
    public static void lacks(boolean lacking, String what) {
        if (lacking) {
            System.err.println("NOT RUN: " + what);
        }
        assumeTrue(!lacking, "NOT RUN: " + what);
    }

    /** Runs to the end, at most five minutes. */
    public static Run run(Path directory, List<String> command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "out", ".log");
        Path errors = Files.createTempFile(directory, "err", ".log");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectOutput(log.toFile())
                    .redirectError(errors.toFile())
                    .start();
        } catch (IOException absent) {
            return new Run(127, String.valueOf(absent.getMessage()));
        }
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            return new Run(124, "timed out: " + command);
        }
        String error = process.exitValue() == 0 ? "" : Files.readString(errors);
        return new Run(process.exitValue(), Files.readString(log) + error);
    }
}
