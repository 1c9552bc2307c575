package org.loupe.adapter.folder;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;

/** {@code loupe watch} as a program of its own, for tests that stop or kill it. */
final class WatchMain {
    private WatchMain() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new WatchCommandProvider().command()).execute(arguments));
    }

    /** Starts it in a process of its own. The caller reads its output and ends it. */
    static Process start(String... arguments) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // starts faster, and lives for seconds
                "-Xmx256m",
                "-cp",
                absolute(classPath),
                WatchMain.class.getName()));
        if (Runtime.version().feature() >= 22) {
            command.add(1, "--enable-native-access=ALL-UNNAMED"); // or Java warns on the stream the tests read
        }
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).start();
    }

    /** Surefire's entries may be relative. */
    private static String absolute(String classPath) {
        return String.join(
                File.pathSeparator,
                Arrays.stream(classPath.split(File.pathSeparator, -1))
                        .map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .toList());
    }
}
