package org.loupe.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import org.loupe.command.CommandProvider;
import org.loupe.command.Termination;
import org.loupe.engine.NativeRuns;
import org.loupe.score.ScoringException;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Entry point of {@code ./loupe}. */
public final class LoupeMain {
    /** The longest operator of the largest model takes a second or two; a second Ctrl-C does not wait. */
    private static final Duration LONGEST_OPERATOR = Duration.ofSeconds(10);

    private LoupeMain() {}

    public static void main(String[] arguments) {
        int exit;
        AtomicBoolean interrupted = new AtomicBoolean();
        try (Termination termination = Termination.listen(() -> interrupt(interrupted), LONGEST_OPERATOR)) {
            exit = commandLine().execute(arguments);
            System.out.flush();
            if (interrupted.get()) {
                termination.await(LONGEST_OPERATOR.multipliedBy(2)); // the other thread ends the process
                exit = Termination.INTERRUPTED;
            }
        } catch (InterruptedException e) {
            exit = Termination.INTERRUPTED; // nobody interrupts the main thread; if somebody did, it was to end it
        }
        NativeRuns.stop(LONGEST_OPERATOR);
        System.exit(exit);
    }

    /** For commands that do not listen for themselves: they stop where they are, and their hooks tidy up. */
    private static void interrupt(AtomicBoolean interrupted) {
        interrupted.set(true);
        NativeRuns.stop(LONGEST_OPERATOR);
        System.exit(Termination.INTERRUPTED);
    }

    /**
     * Runs one command as {@code ./loupe} would, within a process that goes on afterwards.
     *
     * @param out takes what a command prints
     * @param err takes progress and errors
     * @param arguments the command and its options
     * @return the exit code: 0, 1 for a failure, 2 for wrong usage
     */
    public static int run(PrintWriter out, PrintWriter err, String... arguments) {
        int exit = commandLine().setOut(out).setErr(err).execute(arguments);
        out.flush();
        err.flush();
        return exit;
    }

    /** @return the whole command tree: this module's commands and what {@link CommandProvider}s add */
    static CommandLine commandLine() {
        CommandLine root = new CommandLine(new RootCommand());
        root.addSubcommand(new ScoreCommand());
        CommandLine model = new CommandLine(new ModelCommand());
        model.addSubcommand(new ModelListCommand());
        model.addSubcommand(new ModelVerifyCommand());
        model.addSubcommand(new ModelLoadCommand());
        model.addSubcommand(new ModelUnloadCommand());
        model.addSubcommand(new ModelAliasCommand());
        root.addSubcommand(model);
        root.addSubcommand(new ServeCommand());
        root.addSubcommand(new DoctorCommand());
        List<CommandProvider> providers = new ArrayList<>();
        ServiceLoader.load(CommandProvider.class).forEach(providers::add);
        providers.sort(Comparator.comparing(provider -> provider.getClass().getName()));
        for (CommandProvider provider : providers) {
            CommandLine parent =
                    provider.parent().isEmpty() ? root : root.getSubcommands().get(provider.parent());
            if (parent == null) {
                throw new IllegalStateException(provider.getClass().getName() + " wants to hang below '"
                        + provider.parent() + "', which is no command");
            }
            parent.addSubcommand(provider.command());
        }
        giveStandardOptions(root);
        root.setExecutionExceptionHandler(LoupeMain::explain);
        root.setParameterExceptionHandler(LoupeMain::refuse);
        root.setCaseInsensitiveEnumValuesAllowed(true);
        return root;
    }

    /** Every command answers --help and --version, whoever wrote it. */
    private static void giveStandardOptions(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        spec.versionProvider(new ProductVersion());
        spec.usageMessage().width(110).abbreviateSynopsis(true);
        if (spec.findOption("--help") == null) {
            spec.addOption(OptionSpec.builder("-h", "--help")
                    .usageHelp(true)
                    .description("show this help")
                    .build());
        }
        if (spec.findOption("--version") == null) {
            spec.addOption(OptionSpec.builder("-V", "--version")
                    .versionHelp(true)
                    .description("print the version")
                    .build());
        }
        command.getSubcommands().values().forEach(LoupeMain::giveStandardOptions);
    }

    /** What is wrong stays in sight: the whole help of a large command would push it off the screen. */
    private static int refuse(CommandLine.ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("loupe: " + wrong.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err);
        err.println("'" + command.getCommandSpec().qualifiedName() + " --help' tells what there is");
        err.flush();
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    /** A catalogued failure is told in one line; anything else is ours to mend, so its trace is shown. */
    private static int explain(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        PrintWriter err = command.getErr();
        if (failure instanceof ScoringException known) {
            err.println("loupe: " + known.reason() + ": " + known.getMessage());
        } else if (failure instanceof IllegalArgumentException wrong) {
            err.println("loupe: " + wrong.getMessage());
        } else {
            err.println("loupe: this should not happen; please report it with the lines below");
            failure.printStackTrace(err);
        }
        err.flush();
        return 1;
    }
}
