package org.loupe.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.loupe.client.ClientConfig;
import org.loupe.client.MediaContent;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.decode.MediaSource;
import org.loupe.modelpackage.BundledModels;
import org.loupe.score.ScoredMedia;
import org.loupe.score.Task;
import org.loupe.scoring.LocalScorer;
import org.loupe.scoring.TestScoring;
import org.loupe.server.config.ConfigReader;
import org.loupe.testkit.Pictures;

/** On the processor a photo's score is the same to the last bit in process and over a server, whatever is scored beside it. */
class SameScoreEverywhereTest {
    private static final List<byte[]> PHOTOS =
            IntStream.range(0, 24).mapToObj(Pictures::jpeg).toList();

    @Test
    void ofTheTinyOneAlign() {
        assertSame(TestScoring.tinyPackage().toString());
    }

    @Test
    void ofTheBundledModel() {
        assertSame(BundledModels.DEFAULT);
    }

    private static void assertSame(String model) {
        ScoreOptions quality = ScoreOptions.DEFAULT.withTasks(Set.of(Task.QUALITY));
        try (LocalScorer here = LocalScorer.open(model);
                LoupeServer server = LoupeServer.start(ConfigReader.read(
                        null, Map.of(), Map.of("grpc.port", "0", "http.enabled", "false", "model.default", model)));
                ScoringClient client = ScoringClient.connect(ClientConfig.of(server.grpcAddress()))) {
            // in crowds, so that batches would form where they may
            List<ScoredMedia> crowd = all(photo -> client.scoreAsync(MediaContent.of(photo), ScoreOptions.DEFAULT));
            List<ScoredMedia> local = PHOTOS.stream()
                    .map(photo -> here.scoreAsync(MediaSource.of(photo), ScoreOptions.DEFAULT)
                            .join())
                    .toList();
            assertThat(crowd).isEqualTo(local);
        }
        try (LocalScorer here = LocalScorer.open(model);
                LocalScorer again = LocalScorer.open(model)) {
            List<ScoredMedia> crowd = all(photo -> here.scoreAsync(MediaSource.of(photo), quality));
            List<ScoredMedia> one = PHOTOS.stream()
                    .map(photo ->
                            again.scoreAsync(MediaSource.of(photo), quality).join())
                    .toList();
            assertThat(crowd).isEqualTo(one);
        }
    }

    private static List<ScoredMedia> all(Function<byte[], CompletableFuture<ScoredMedia>> score) {
        List<CompletableFuture<ScoredMedia>> pending =
                PHOTOS.stream().map(score).toList();
        return pending.stream().map(CompletableFuture::join).toList();
    }
}
