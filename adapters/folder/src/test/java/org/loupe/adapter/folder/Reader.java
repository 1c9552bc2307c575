package org.loupe.adapter.folder;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** A program of somebody else's that reads and writes XMP. Where it is not installed the test says so on stderr and is skipped. */
final class Reader {
    private final String program;

    private Reader(String program) {
        this.program = program;
    }

    static Reader of(String program) {
        boolean installed = Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        if (!installed) {
            String message = "NOT RUN: " + program
                    + " is not installed, so no other program has read these sidecars. See src/test/scripts/install-readers.sh";
            System.err.println(message);
            Assumptions.abort(message);
        }
        return new Reader(program);
    }

    /** Runs it to its end. @return what it printed on stdout */
    String run(Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(program);
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        Path errors = Files.createTempFile("reader", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
            builder.environment().put("LC_ALL", "C.UTF-8");
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(command + " failed: " + output + Files.readString(errors));
            }
            return output;
        } finally {
            Files.delete(errors);
        }
    }
}
