package org.loupe.export.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.RandomCheckpoint;
import org.loupe.client.ClientConfig;
import org.loupe.client.MediaContent;
import org.loupe.client.ModelAdministration;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.decode.MediaSource;
import org.loupe.embedded.EmbeddedScorer;
import org.loupe.evaluation.command.EvaluateCommandProvider;
import org.loupe.export.AdapterTargets;
import org.loupe.export.GoldenSet;
import org.loupe.export.ModelImport;
import org.loupe.export.ModelImporter;
import org.loupe.export.Precision;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.AdapterRef;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.scoring.LocalScorer;
import picocli.CommandLine;

/** Real adapters on a real tiny model, through a real server. */
@Timeout(240)
class AdapterServingTest {
    private static final int ROUNDS = 8;

    @TempDir
    private Path store;

    @Test
    void theReferencesAdapterIsServedAsItWasTrained() throws IOException {
        GoldenSet golden = GoldenSet.open();
        JsonNode lora = new ObjectMapper().readTree(Files.readAllBytes(golden.file("training/lora/lora.json")));
        Path checkpoint = golden.checkpoint(store.resolve(".checkpoint"));
        importBase(checkpoint, AdapterTargets.DEFAULT);
        adapt(golden.file("training/lora"), checkpoint, "house");
        JsonNode image = lora.get("merged_inference").get(0);
        Path picture = golden.file(
                golden.image(image.get("image").asText()).get("file").asText());

        try (LocalScorer here = LocalScorer.open(
                        store.resolve("base/1").toString(),
                        Optional.of(store.resolve("house/1").toString()));
                EmbeddedScorer.Running server = serve("model.adapters", "house@base/1");
                ScoringClient client = ScoringClient.connect(ClientConfig.of(server.target()))) {
            ScoreOptions house = ScoreOptions.DEFAULT.withAdapter("house");
            ScoredMedia served = client.score(MediaContent.of(picture), house);
            ScoredMedia local = here.scoreAsync(MediaSource.of(picture), house).join();

            assertThat(served).isEqualTo(local);
            assertThat(served.adapter()).map(AdapterRef::toString).contains("house/1");
            for (Task task : Task.values()) {
                JsonNode expected = image.get(task.id() + ".image");
                assertThat((double) Objects.requireNonNull(served.scores().get(task))
                                .mos())
                        .isCloseTo(
                                expected.get("score_1_to_5").asDouble(),
                                within(lora.get("tolerance_abs")
                                        .get("score_1_to_5")
                                        .asDouble()));
            }
        }
    }

    @Test
    void realAdaptersComeAndGoUnderLoadWithoutAFailedRequest() throws Exception {
        Path checkpoint =
                new RandomCheckpoint(RandomCheckpoint.odd(), 5).write(Files.createDirectories(store.resolve(".odd")));
        importBase(checkpoint, AdapterTargets.DEFAULT);
        for (String name : List.of("warm", "cold", "guest")) {
            Path peft = store.resolve(".peft-" + name);
            new RandomAdapter(checkpoint, 3, 6, name.hashCode())
                    .at("self_attn.q_proj", "self_attn.v_proj.multiway.1")
                    .withAbstractor()
                    .write(peft);
            adapt(peft, checkpoint, name);
        }
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        AtomicInteger answers = new AtomicInteger();
        AtomicBoolean enough = new AtomicBoolean();
        byte[][] pictures = new byte[64][];
        for (int i = 0; i < pictures.length; i++) {
            pictures[i] = png(i);
        }
        List<Thread> callers = new ArrayList<>();
        try (EmbeddedScorer.Running server = serve("scoring.cache-bytes", "0");
                ModelAdministration models = ModelAdministration.connect(ClientConfig.of(server.target()));
                ScoringClient client = ScoringClient.connect(
                        ClientConfig.of(server.target()).withRetries(1, Duration.ofMillis(1), Duration.ofMillis(1)))) {
            models.loadAdapter("warm", "");
            models.loadAdapter("cold", "base");
            for (String taste : List.of("", "warm", "cold", "guest")) {
                Thread caller = new Thread(() -> {
                    for (int i = 0; !enough.get(); i++) {
                        try {
                            ScoredMedia scored = client.score(
                                    MediaContent.of(pictures[i % pictures.length]),
                                    ScoreOptions.DEFAULT.withAdapter(taste));
                            if (!scored.adapter()
                                    .map(AdapterRef::name)
                                    .orElse("")
                                    .equals(taste)) {
                                wrong.add(taste + " was answered by " + scored.adapter());
                            }
                            answers.incrementAndGet();
                        } catch (ScoringException e) {
                            // the guest is away every other while; nothing else may ever fail
                            if (!taste.equals("guest") || e.reason() != ErrorReason.ADAPTER_NOT_FOUND) {
                                wrong.add(taste + ": " + e.reason() + " " + e.getMessage());
                            }
                        }
                    }
                });
                callers.add(caller);
                caller.start();
            }
            ScoreOptions guest = ScoreOptions.DEFAULT.withAdapter("guest");
            for (int round = 0; round < ROUNDS; round++) {
                models.loadAdapter("guest", "");
                for (int i = 0; i < 3; i++) { // as long as the others answer too
                    assertThat(client.score(MediaContent.of(pictures[round]), guest)
                                    .adapter())
                            .isPresent();
                }
                assertThat(models.unloadAdapter("guest", "").name()).isEqualTo("guest");
                client.score(MediaContent.of(pictures[round]), ScoreOptions.DEFAULT);
            }
            enough.set(true);
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(wrong).isEmpty();
            assertThat(answers.get()).isGreaterThan(ROUNDS);
            assertThat(models.list().get(0).adapters())
                    .extracting(AdapterRef::name)
                    .containsExactly("cold", "warm");
            assertThat(client.score(MediaContent.of(pictures[0]), ScoreOptions.DEFAULT.withAdapter("warm"))
                            .scores())
                    .isNotEqualTo(client.score(MediaContent.of(pictures[0]), ScoreOptions.DEFAULT)
                            .scores());
        } finally {
            enough.set(true);
        }
    }

    @Test
    void evaluateMeasuresAModelWithAnAdapterAgainstTheModelAlone() throws IOException {
        Path checkpoint =
                new RandomCheckpoint(RandomCheckpoint.odd(), 5).write(Files.createDirectories(store.resolve(".odd")));
        importBase(checkpoint, AdapterTargets.DEFAULT);
        Path peft = store.resolve(".peft");
        new RandomAdapter(checkpoint, 3, 6, 4)
                .at("self_attn.q_proj", "self_attn.v_proj.multiway.1")
                .withAbstractor()
                .write(peft);
        adapt(peft, checkpoint, "warm");
        StringBuilder labels = new StringBuilder("file,task,mos,std,votes,scale_min,scale_max\n");
        for (int i = 0; i < 8; i++) {
            Files.write(store.resolve(i + ".png"), png(i * 0x050403));
            labels.append(i).append(".png,quality,").append(1 + i / 2.0).append(",,,1,5\n");
        }
        Path file = Files.writeString(store.resolve("labels.csv"), labels);
        String base = store.resolve("base/1").toString();
        String alone = evaluated(file, "--model", base);
        String adapted = evaluated(
                file, "--model", base, "--adapter", store.resolve("warm/1").toString(), "--compare", base);

        JsonNode plain = new ObjectMapper().readTree(alone);
        JsonNode warm = new ObjectMapper().readTree(adapted);
        assertThat(warm.path("n").asInt()).isEqualTo(8);
        assertThat(warm.path("plcc").asDouble()).isNotEqualTo(plain.path("plcc").asDouble());
        assertThat(adapted).contains("base/1");
        assertThat(evaluated(file, "--model", base))
                .as("nothing of the adapter stays")
                .isEqualTo(alone);
    }

    private static String evaluated(Path labels, String... options) {
        StringWriter out = new StringWriter();
        List<String> arguments = new ArrayList<>(List.of("--labels", labels.toString(), "--format", "json"));
        arguments.addAll(List.of(options));
        int exit = new CommandLine(new EvaluateCommandProvider().command())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(new StringWriter(), true))
                .execute(arguments.toArray(new String[0]));
        assertThat(exit).as(out.toString()).isZero();
        return out.toString();
    }

    static byte[] png(int rgb) throws IOException {
        BufferedImage image = new BufferedImage(16, 12, BufferedImage.TYPE_INT_RGB);
        image.setRGB(3, 4, 0xff0000 + rgb);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, "png", out)).isTrue();
        return out.toByteArray();
    }

    private EmbeddedScorer.Running serve(String key, String value) {
        return EmbeddedScorer.find()
                .orElseThrow()
                .start(Map.of(
                        "model.default", "base/1", "model.store", store.toString(), "engine.threads", "1", key, value));
    }

    private void importBase(Path checkpoint, AdapterTargets targets) {
        ModelImporter.run(
                new ModelImport(
                                checkpoint,
                                store.resolve("base/1"),
                                "base",
                                "1",
                                Precision.FP32,
                                AdapterRun.UNKNOWN,
                                null,
                                4)
                        .withAdapters(targets),
                (step, done, total) -> {});
    }

    private void adapt(Path peft, Path checkpoint, String name) {
        try (ModelPackage base = ModelPackage.open(store.resolve("base/1"))) {
            AdapterImporter.run(
                    new AdapterImport(
                            peft,
                            base,
                            checkpoint,
                            store.resolve(name).resolve("1"),
                            name,
                            "1",
                            AdapterRun.UNKNOWN,
                            null),
                    (step, done, total) -> {});
        }
    }
}
