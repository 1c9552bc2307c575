package org.loupe.adapter.folder;

import picocli.CommandLine;

/** {@code loupe watch} as a program of its own, for tests that kill it. */
final class WatchMain {
    private WatchMain() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new WatchCommandProvider().command()).execute(arguments));
    }
}
