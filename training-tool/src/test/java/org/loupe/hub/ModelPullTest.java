package org.loupe.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Against a server that is not kind. */
class ModelPullTest {
    static final HubPolicy QUICK =
            new HubPolicy(4, 256 << 10, 4, Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofMillis(400), 2);
    private static final byte[] CONFIG = "{\"model_type\": \"mplug_owl2\"}".getBytes(StandardCharsets.UTF_8);

    private final byte[] first = noise(3_000_000, 1);
    private final byte[] second = noise(700_001, 2);

    private FakeHub hub;

    @TempDir
    private Path folder;

    private Path out;

    @BeforeEach
    void start() {
        out = folder.resolve("checkpoint");
        hub = new FakeHub()
                .with(".gitattributes", "x".getBytes(StandardCharsets.UTF_8), false)
                .with("config.json", CONFIG, false)
                .with("empty.json", new byte[0], false)
                .with("model-00001-of-00002.safetensors", first, true)
                .with("model-00002-of-00002.safetensors", second, true)
                .with("pytorch_model.bin", noise(1000, 3), true)
                .with("training_args.bin", noise(1000, 4), true)
                .with("onnx/model.onnx", noise(1000, 5), true)
                .with("LICENSE", "as you like".getBytes(StandardCharsets.UTF_8), false);
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    @Test
    void fetchesWhatACheckpointNeedsAndNoMore() throws IOException {
        pull("", WeightFormat.ANY);

        assertComplete();
        assertThat(names())
                .containsExactlyInAnyOrder(
                        "config.json",
                        "empty.json",
                        "LICENSE",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        ModelPull.RECORD);
    }

    @Test
    void fetchesTorchWeightsWhenAsked() throws IOException {
        pull("", WeightFormat.TORCH);

        assertThat(names())
                .contains("pytorch_model.bin")
                .doesNotContain("training_args.bin", "model-00001-of-00002.safetensors");
    }

    @Test
    void goesOnWhereABrokenConnectionEnded() throws IOException {
        for (int i = 0; i < 6; i++) {
            hub.faults.add(FakeHub.Fault.DROP_MIDWAY);
        }
        pull("", WeightFormat.ANY);

        assertComplete();
        assertThat(hub.bytesSent()).as("no byte twice").isLessThanOrEqualTo(total() + 4 * (16 << 10));
    }

    @Test
    void aSilentServerIsLeftAndAskedAgain() throws IOException {
        hub.faults.add(FakeHub.Fault.STALL);
        pull("", WeightFormat.ANY);

        assertComplete();
    }

    @Test
    void wrongBytesAreFetchedAgain() throws IOException {
        hub.faults.add(FakeHub.Fault.WRONG_BYTES);
        pull("", WeightFormat.ANY);

        assertComplete();
    }

    @Test
    void wrongBytesEveryTimeAreRefused() {
        hub.alwaysWrong = true;

        assertRefused(ErrorReason.HUB_FAILED, () -> pull("", WeightFormat.ANY))
                .hasMessageContaining("are wrong")
                .hasMessageContaining("3 times");
        assertThat(out.resolve("model-00001-of-00002.safetensors")).doesNotExist();
    }

    @Test
    void aServerThatIgnoresRangesSendsOneStream() throws IOException {
        hub.ignoresRanges = true;
        pull("", WeightFormat.ANY);

        assertComplete();
    }

    @Test
    void aStreamWithoutRangesThatBreaksIsBegunAgain() throws IOException {
        hub.ignoresRanges = true;
        hub.faults.addAll(List.of(FakeHub.Fault.DROP_MIDWAY, FakeHub.Fault.DROP_MIDWAY, FakeHub.Fault.DROP_MIDWAY));
        pull("", WeightFormat.ANY);

        assertComplete();
    }

    @Test
    void aBusyServerIsAskedLater() throws IOException {
        hub.faults.addAll(List.of(FakeHub.Fault.BUSY, FakeHub.Fault.BROKEN, FakeHub.Fault.BUSY, FakeHub.Fault.BROKEN));
        pull("", WeightFormat.ANY);

        assertComplete();
    }

    @Test
    void aServerThatIsAlwaysBusyIsGivenUp() {
        hub.alwaysBusy = true;

        assertRefused(ErrorReason.HUB_FAILED, () -> pull("", WeightFormat.ANY))
                .hasMessageContaining("429")
                .hasMessageContaining("the same command continues");
    }

    @Test
    void aFileThatChangesBetweenRangesIsBegunAgain() throws IOException {
        hub.faults.addAll(List.of(FakeHub.Fault.DROP_MIDWAY, FakeHub.Fault.OTHER_ETAG));
        pull("", WeightFormat.ANY);

        assertComplete();
    }

    @Test
    void theTokenGoesToTheHubAndNotToItsStorage() throws IOException {
        hub.requiredToken = "hf_secret";
        pull("hf_secret", WeightFormat.ANY);

        assertComplete();
        assertThat(hub.hubTokens()).isNotEmpty().containsOnly("Bearer hf_secret");
        assertThat(hub.storageTokens()).isEmpty();
        assertThat(hub.ranges()).hasSizeGreaterThan(10);
    }

    @Test
    void aClosedRepositorySaysWhatIsMissingAndNotTheToken() {
        hub.requiredToken = "right";

        assertRefused(ErrorReason.UNAUTHENTICATED, () -> pull("", WeightFormat.ANY))
                .hasMessageContaining("set HF_TOKEN");
        assertRefused(ErrorReason.UNAUTHENTICATED, () -> pull("wrong-secret", WeightFormat.ANY))
                .hasMessageContaining("HF_TOKEN is set")
                .hasMessageNotContaining("wrong-secret");
    }

    @Test
    void aRepositoryThatIsNotThereIsNotFound() {
        assertRefused(ErrorReason.MODEL_NOT_FOUND, () -> pull("team/other", "", WeightFormat.ANY));
    }

    @Test
    void anInterruptedDownloadKeepsWhatItHas() throws IOException {
        hub.faults.add(FakeHub.Fault.DROP_MIDWAY);
        HubPolicy impatient =
                new HubPolicy(1, 256 << 10, 1, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(5), 0);
        for (int i = 0; i < 4; i++) {
            hub.faults.add(FakeHub.Fault.DROP_MIDWAY);
            assertThatThrownBy(() -> pull(FakeHub.REPOSITORY, "", WeightFormat.ANY, impatient))
                    .isInstanceOf(ScoringException.class);
        }
        hub.faults.clear();
        pull("", WeightFormat.ANY);

        assertComplete();
        assertThat(hub.bytesSent()).isLessThanOrEqualTo(total() + 6 * (16 << 10));
    }

    @Test
    void aKilledProcessIsContinued() throws Exception {
        hub.nanosPerSlice = 4_000_000;
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        hub.address().toString(),
                        out.toString())
                .redirectErrorStream(true)
                .redirectOutput(new File(folder.toFile(), "log"))
                .start();
        hub.sent(total() / 2).get(60, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(names()).anyMatch(name -> name.endsWith(".part"));
        hub.nanosPerSlice = 0;
        long before = hub.bytesSent();

        pull("", WeightFormat.ANY);

        assertComplete();
        long again = hub.bytesSent() - before;
        assertThat(again).as("at most the pieces under way twice").isLessThan(total() / 2 + 5 * QUICK.chunkBytes());
    }

    /** What {@link #aKilledProcessIsContinued} kills. */
    static final class Program {
        public static void main(String[] arguments) throws IOException {
            PullRequest request = new PullRequest(
                    FakeHub.REPOSITORY,
                    "main",
                    Path.of(arguments[1]),
                    URI.create(arguments[0]),
                    Optional.empty(),
                    WeightFormat.ANY);
            try (ModelPull pull = new ModelPull(request, QUICK)) {
                pull.fetch(pull.look(), done -> {});
            }
        }
    }

    @Test
    void aFinishedDownloadIsOnlyChecked() throws IOException {
        pull("", WeightFormat.ANY);
        long sent = hub.bytesSent();
        pull("", WeightFormat.ANY);

        assertThat(hub.bytesSent()).isEqualTo(sent);
    }

    @Test
    void aBranchThatMovedIsNotMixedIn() throws IOException {
        pull("", WeightFormat.ANY);
        hub.commit = "f".repeat(40);

        assertRefused(ErrorReason.INVALID_REQUEST, () -> pull("", WeightFormat.ANY))
                .hasMessageContaining(FakeHub.REPOSITORY + "@" + FakeHub.COMMIT)
                .hasMessageContaining("another --out");
    }

    @Test
    void somebodyElsesFileIsNotReplaced() throws IOException {
        Files.createDirectories(out);
        Files.writeString(out.resolve("config.json"), "mine");

        assertRefused(ErrorReason.INVALID_REQUEST, () -> pull("", WeightFormat.ANY))
                .hasMessageContaining("config.json");
        assertThat(out.resolve("config.json")).hasContent("mine");
    }

    @Test
    void aDamagedPartIsFetchedAnew() throws IOException {
        Files.createDirectories(out);
        Path part = out.resolve("model-00002-of-00002.safetensors.part");
        Files.write(part, new byte[second.length]);
        Files.writeString(
                out.resolve("model-00002-of-00002.safetensors.part.json"),
                "{\"size\":" + second.length + ",\"digest\":\"" + FakeHub.sha256(second)
                        + "\",\"etag\":null,\"done\":[[0," + second.length + "]]}");
        pull("", WeightFormat.ANY);

        assertComplete();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../etc/passwd",
                "/etc/passwd",
                "a/../../b",
                "a\\b.json",
                "c:evil.json",
                "a//b",
                "./config.json",
                "a\nb"
            })
    void refusesNamesThatLeaveTheFolder(String name) {
        hub.with(name, CONFIG, false);

        assertRefused(ErrorReason.CHECKPOINT_INVALID, () -> pull("", WeightFormat.ANY))
                .hasMessageContaining("refused");
        assertThat(out).doesNotExist();
    }

    @Test
    void refusesARepositoryWithoutWeights() throws IOException {
        try (FakeHub bare = new FakeHub().with("config.json", CONFIG, false)) {
            PullRequest request = new PullRequest(
                    FakeHub.REPOSITORY, "main", out, bare.address(), Optional.empty(), WeightFormat.ANY);
            try (ModelPull pull = new ModelPull(request, QUICK)) {
                assertRefused(ErrorReason.CHECKPOINT_INVALID, pull::look).hasMessageContaining("config.json");
            }
        }
    }

    @Test
    void aTokenIsNotSentUnencryptedToAnotherMachine() {
        PullRequest request = new PullRequest(
                FakeHub.REPOSITORY,
                "main",
                out,
                URI.create("http://192.0.2.1"),
                Optional.of("secret"),
                WeightFormat.ANY);
        assertRefused(ErrorReason.INVALID_REQUEST, () -> {
                    try (ModelPull pull = new ModelPull(request, QUICK)) {
                        pull.look();
                    }
                })
                .hasMessageContaining("https");
        assertThat(request.toString()).doesNotContain("secret");
    }

    private void pull(String token, WeightFormat format) throws IOException {
        pull(FakeHub.REPOSITORY, token, format);
    }

    private void pull(String repository, String token, WeightFormat format) throws IOException {
        pull(repository, token, format, QUICK);
    }

    private void pull(String repository, String token, WeightFormat format, HubPolicy policy) throws IOException {
        Optional<String> secret = token.isEmpty() ? Optional.empty() : Optional.of(token);
        PullRequest request = new PullRequest(repository, "main", out, hub.address(), secret, format);
        try (ModelPull pull = new ModelPull(request, policy)) {
            pull.fetch(pull.look(), done -> assertThat(done).isBetween(0L, total()));
        }
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
            ErrorReason reason, ThrowingCallable action) {
        return assertThatThrownBy(action).isInstanceOfSatisfying(ScoringException.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }

    private void assertComplete() throws IOException {
        assertThat(out.resolve("config.json")).hasBinaryContent(CONFIG);
        assertThat(out.resolve("empty.json")).isEmptyFile();
        assertThat(out.resolve("model-00001-of-00002.safetensors")).hasBinaryContent(first);
        assertThat(out.resolve("model-00002-of-00002.safetensors")).hasBinaryContent(second);
        assertThat(names()).noneMatch(name -> name.contains(".part"));
    }

    private List<String> names() throws IOException {
        try (var list = Files.list(out)) {
            return list.map(path -> path.getFileName().toString()).toList();
        }
    }

    private long total() {
        return (long) first.length + second.length + CONFIG.length + "as you like".length();
    }

    private static byte[] noise(int bytes, long seed) {
        byte[] noise = new byte[bytes];
        new Random(seed).nextBytes(noise);
        return noise;
    }
}
