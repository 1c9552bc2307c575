package org.loupe.hub;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import picocli.CommandLine;

/** {@code loupe model pull}. */
@CommandLine.Command(
        name = "pull",
        sortOptions = false,
        description = {
            "Fetches a checkpoint from Hugging Face or a hub compatible with it.",
            "Shows the licence and asks before anything is fetched. Can be interrupted at any time: the same command continues."
                    + " Every byte is checked against the hub's digests.",
            "A token is taken from the environment's HF_TOKEN and shown to nobody but the hub; HF_ENDPOINT names another hub."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  loupe model pull q-future/one-align --out checkpoints/one-align",
            "  loupe model pull q-future/one-align@main --out checkpoints/one-align --accept-licence mit",
            "  HF_TOKEN=... loupe model pull my-team/private --out checkpoints/private --connections 8",
            "",
            "Then: loupe model import checkpoints/one-align --out models/one-align --name one-align --precision int8"
        })
final class ModelPullCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(
            paramLabel = "REPO[@REVISION]",
            description = "a repository, and the branch, tag or commit wanted (default: main)")
    private String repository;

    @CommandLine.Option(names = "--out", required = true, paramLabel = "DIR", description = "folder for the checkpoint")
    private Path out;

    @CommandLine.Option(names = "--yes", description = "take the licence as accepted, whatever it is")
    private boolean yes;

    @CommandLine.Option(
            names = {"--accept-licence", "--accept-license"},
            paramLabel = "ID",
            description = "accept this licence and no other, such as mit")
    private @Nullable String accepted;

    @CommandLine.Option(
            names = "--only",
            paramLabel = "safetensors|torch",
            description = "fetch weights of this format (default: safetensors where there are any, else torch)")
    private @Nullable WeightFormat only;

    @CommandLine.Option(
            names = "--connections",
            defaultValue = "4",
            paramLabel = "N",
            description = "requests at a time, 1..16 (default: ${DEFAULT-VALUE})")
    private int connections;

    @CommandLine.Option(
            names = "--hub",
            paramLabel = "URL",
            description = "where the hub is (default: HF_ENDPOINT, or https://huggingface.co)")
    private @Nullable URI hub;

    private final UnaryOperator<@Nullable String> environment;
    private final HubPolicy policy;

    ModelPullCommand() {
        this(System.getenv()::get, HubPolicy.DEFAULT);
    }

    ModelPullCommand(UnaryOperator<@Nullable String> environment, HubPolicy policy) {
        this.environment = environment;
        this.policy = policy;
    }

    @Override
    public Integer call() throws IOException {
        if (connections < 1 || connections > 16) {
            throw new IllegalArgumentException("--connections must be 1..16, was " + connections);
        }
        PullRequest request = request();
        PrintWriter err = spec.commandLine().getErr();
        try (ModelPull pull = new ModelPull(request, policy.withConnections(connections))) {
            ModelPull.Plan plan = pull.look();
            describe(plan, err);
            requireLicence(plan.repository(), err);
            long start = System.nanoTime();
            try (ProgressBar bar = ProgressBar.on(err)) {
                Rate rate = new Rate(start);
                pull.fetch(plan, done -> bar.at("fetching " + request.repository(), done, plan.bytes(), rate.at(done)));
            }
            PrintWriter result = spec.commandLine().getOut();
            result.println(out + ": " + plan.files().size() + " files, " + ModelPull.gigabytes(plan.bytes())
                    + ", every digest right, commit " + plan.repository().commit());
            result.println("next: " + nextCommand(plan.repository()));
            result.flush();
        }
        return 0;
    }

    private PullRequest request() {
        int at = repository.indexOf('@');
        String endpoint = environment.apply("HF_ENDPOINT");
        URI where = hub != null
                ? hub
                : endpoint != null && !endpoint.isBlank() ? URI.create(endpoint.strip()) : PullRequest.STANDARD_HUB;
        String bare = where.toString().replaceAll("/+$", "");
        return new PullRequest(
                at < 0 ? repository : repository.substring(0, at),
                at < 0 ? "main" : repository.substring(at + 1),
                out,
                URI.create(bare),
                Optional.ofNullable(environment.apply("HF_TOKEN"))
                        .map(String::strip)
                        .filter(token -> !token.isEmpty()),
                only == null ? WeightFormat.ANY : only);
    }

    private static void describe(ModelPull.Plan plan, PrintWriter err) {
        HubRepository repository = plan.repository();
        err.println("repository  " + repository.id() + ", commit " + repository.commit());
        err.println("files       " + plan.files().size() + " of "
                + repository.files().size() + ", " + ModelPull.gigabytes(plan.bytes()));
        err.println("licence     " + repository.licence().orElse("none stated: nobody has given you leave to use it")
                + repository.licenceUrl().map(url -> ", " + url).orElse(""));
        List<String> texts = plan.files().stream()
                .map(HubFile::path)
                .filter(path -> path.toLowerCase(Locale.ROOT).startsWith("licen"))
                .toList();
        if (!texts.isEmpty()) {
            err.println("            its text comes along as " + String.join(", ", texts));
        }
        err.flush();
    }

    @SuppressWarnings(
            "SystemConsoleNull") // newer Java has a console without a terminal too; watched() asks for the terminal
    private void requireLicence(HubRepository repository, PrintWriter err) {
        String licence = repository.licence().orElse("unknown");
        if (yes || licence.equalsIgnoreCase(accepted)) {
            return;
        }
        if (accepted != null) {
            throw new ScoringException(
                    ErrorReason.LICENCE_NOT_ACCEPTED,
                    "you accept " + accepted + ", but " + repository.id() + " states " + licence);
        }
        Console console = System.console();
        if (console == null || !ProgressBar.watched()) {
            throw new ScoringException(
                    ErrorReason.LICENCE_NOT_ACCEPTED,
                    "nobody is there to accept the licence " + licence + "; say --accept-licence " + licence
                            + " if you have read it, or --yes");
        }
        err.print("Use it under these terms? [y/N] ");
        err.flush();
        String answer = console.readLine();
        if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).matches("y|yes")) {
            throw new ScoringException(ErrorReason.LICENCE_NOT_ACCEPTED, "not accepted, nothing was fetched");
        }
    }

    private String nextCommand(HubRepository repository) {
        String name = repository
                .id()
                .substring(repository.id().indexOf('/') + 1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-");
        return "./loupe model import " + quoted(out.toString()) + " --out models/" + name + " --name " + name
                + " --precision int8 --licence " + repository.licence().orElse("unknown") + " --revision "
                + repository.commit();
    }

    private static String quoted(String path) {
        return path.matches("[\\w./+-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
    }

    /** Bytes a second since the start of this command, for the bar. */
    private static final class Rate {
        private final long startNanos;
        private long startBytes = -1;

        Rate(long startNanos) {
            this.startNanos = startNanos;
        }

        String at(long bytes) {
            if (startBytes < 0) {
                startBytes = bytes; // what an earlier run fetched is no speed of this one
            }
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            return String.format(
                    Locale.ROOT, "%.1f MB/s", Math.max(0, bytes - startBytes) / 1e6 / Math.max(seconds, 0.1));
        }
    }
}
