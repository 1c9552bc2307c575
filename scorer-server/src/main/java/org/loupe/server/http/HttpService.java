package org.loupe.server.http;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.UploadedFile;
import io.javalin.util.JavalinLogger;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ScoreOptions;
import org.loupe.decode.MediaSource;
import org.loupe.json.ScoreJson;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scoring.Scoring;
import org.loupe.scoring.ScoringRequest;
import org.loupe.scratch.ScratchDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server. Listens from {@link #start} to {@link #close}; requests run on its own bounded thread pool. */
public final class HttpService implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpService.class);
    private static final String JSON = "application/json; charset=utf-8";
    private static final int COPY_BYTES = 1 << 16;

    private final HttpConfig config;
    private final Scoring scoring;
    private final Optional<String> token;
    private final Supplier<String> metrics;
    private final BooleanSupplier ready;
    private final Javalin javalin;

    private HttpService(
            HttpConfig config,
            Scoring scoring,
            Optional<String> token,
            Supplier<String> metrics,
            BooleanSupplier ready) {
        this.config = config;
        this.scoring = scoring;
        this.token = token;
        this.metrics = metrics;
        this.ready = ready;
        this.javalin = Javalin.create(this::configure);
    }

    /**
     * Starts listening.
     *
     * @param scoring answers the requests; stays the caller's
     * @param token what callers must bring as bearer token, for everything but health; empty for none
     * @param metrics the Prometheus exposition text
     * @param ready whether new work is taken
     */
    public static HttpService start(
            HttpConfig config,
            Scoring scoring,
            Optional<String> token,
            Supplier<String> metrics,
            BooleanSupplier ready) {
        JavalinLogger.startupInfo = false; // we say where we listen ourselves
        HttpService service = new HttpService(config, scoring, token, metrics, ready);
        service.javalin.start(config.bind(), config.port());
        return service;
    }

    /** @return {@code host:port} really listened on */
    public String target() {
        return config.bind() + ":" + javalin.port();
    }

    /** Stops listening; requests under way are given Jetty's stop time. */
    @Override
    public void close() {
        javalin.stop();
    }

    private void configure(JavalinConfig javalinConfig) {
        javalinConfig.startup.showJavalinBanner = false;
        javalinConfig.http.maxRequestSize = config.maxMediaBytes();
        javalinConfig.routes.get("/healthz", context -> context.result("ok\n"));
        javalinConfig.routes.get("/readyz", context -> {
            boolean takesWork = ready.getAsBoolean();
            context.status(takesWork ? 200 : 503).result(takesWork ? "ready\n" : "draining\n");
        });
        javalinConfig.routes.get("/metrics", context -> {
            authenticate(context);
            context.contentType("text/plain; version=0.0.4; charset=utf-8").result(metrics.get());
        });
        javalinConfig.routes.post("/v1/score", this::score);
        javalinConfig.routes.exception(ScoringException.class, this::refuse);
        javalinConfig.routes.exception(IOException.class, (failure, context) -> {
            log.warn("a request body could not be read", failure);
            refuse(
                    new ScoringException(ErrorReason.IO_FAILED, "the body could not be read to its end", failure),
                    context);
        });
    }

    private void score(Context context) throws IOException {
        authenticate(context);
        ScoreOptions options = options(context);
        List<UploadedFile> files = context.isMultipartFormData() ? context.uploadedFiles() : List.of();
        if (context.isMultipartFormData() && files.size() != 1) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "a form must hold exactly one file, this one has " + files.size());
        }
        String name = files.isEmpty()
                ? Optional.ofNullable(context.queryParam("name")).orElse("")
                : files.get(0).filename();
        try (InputStream body = files.isEmpty()
                        ? context.bodyInputStream()
                        : files.get(0).content();
                ScratchDirectory scratch = ScratchDirectory.create("http")) {
            ScoredMedia scored = scoring.score(ScoringRequest.of(receive(body, scratch), options))
                    .join();
            context.contentType(JSON).result(ScoreJson.scored(name, scored) + "\n");
        } catch (CompletionException failure) {
            throw failure.getCause() instanceof ScoringException known ? known : failure;
        }
    }

    /** Small media stay in memory; the rest is spooled, so that many large uploads cost disk and not heap. */
    private MediaSource receive(InputStream body, ScratchDirectory scratch) throws IOException {
        byte[] head = body.readNBytes(COPY_BYTES);
        if (head.length < COPY_BYTES) {
            return MediaSource.of(head);
        }
        Path file = scratch.path().resolve("medium");
        long size = head.length;
        try (var out = Files.newOutputStream(file)) {
            out.write(head);
            byte[] buffer = new byte[COPY_BYTES];
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                size += read;
                if (size > config.maxMediaBytes()) {
                    throw new ScoringException(
                            ErrorReason.MEDIA_TOO_LARGE,
                            "the medium is larger than " + config.maxMediaBytes() + " bytes (http.max-media-bytes)");
                }
                out.write(buffer, 0, read);
            }
        }
        return MediaSource.of(file);
    }

    private static ScoreOptions options(Context context) {
        Set<Task> tasks = EnumSet.noneOf(Task.class);
        String asked = context.queryParam("task");
        if (asked != null && !asked.isEmpty()) {
            for (String id : asked.split(",")) {
                tasks.add(Task.byId(id)
                        .orElseThrow(() -> new ScoringException(
                                ErrorReason.INVALID_REQUEST, "task knows quality and aesthetics, not '" + id + "'")));
            }
        }
        String orientation = orElse(context.queryParam("orientation"), "apply");
        if (!List.of("apply", "ignore").contains(orientation)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "orientation must be apply or ignore, was '" + orientation + "'");
        }
        return new ScoreOptions(
                tasks,
                orElse(context.queryParam("model"), ""),
                orElse(context.queryParam("adapter"), ""),
                orientation.equals("ignore") ? ScoreOptions.Orientation.IGNORE : ScoreOptions.Orientation.APPLY,
                segmentSeconds(context),
                Optional.empty());
    }

    /** @return 0 where no timeline is asked for */
    private static int segmentSeconds(Context context) {
        String timeline = orElse(context.queryParam("timeline"), "false");
        if (!List.of("true", "false").contains(timeline)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "timeline must be true or false, was '" + timeline + "'");
        }
        String asked =
                orElse(context.queryParam("segmentSeconds"), String.valueOf(ScoreOptions.DEFAULT_SEGMENT_SECONDS));
        int seconds = asked.matches("[0-9]{1,5}") ? Integer.parseInt(asked) : 0;
        if (seconds < 1 || seconds > ScoreOptions.MAX_SEGMENT_SECONDS) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "segmentSeconds must be 1.." + ScoreOptions.MAX_SEGMENT_SECONDS + ", was '" + asked + "'");
        }
        return timeline.equals("true") ? seconds : 0;
    }

    private void authenticate(Context context) {
        if (token.isEmpty()) {
            return;
        }
        byte[] expected = ("Bearer " + token.get()).getBytes(StandardCharsets.UTF_8);
        byte[] given = orElse(context.header("Authorization"), "").getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(expected, given)) { // takes the same time wherever they differ
            throw new ScoringException(
                    ErrorReason.UNAUTHENTICATED, "send the server's token as 'Authorization: Bearer TOKEN'");
        }
    }

    private void refuse(ScoringException failure, Context context) {
        failure.retryAfter()
                .ifPresent(delay -> context.header("Retry-After", String.valueOf(Math.max(1, delay.toSeconds()))));
        context.status(HttpErrors.statusOf(failure.reason()))
                .contentType(JSON)
                .result(ScoreJson.failed(orElse(context.queryParam("name"), ""), failure) + "\n");
    }

    private static String orElse(@Nullable String value, String otherwise) {
        return value == null ? otherwise : value;
    }
}
