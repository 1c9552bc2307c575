package org.loupe.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.loupe.client.ClientConfig;
import org.loupe.client.MediaContent;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoreStream;
import org.loupe.client.ScoringClient;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.scoring.TestPictures;
import org.loupe.scoring.TestScoring;
import org.loupe.server.config.ConfigReader;

/** The client's stream against the real server over TCP. */
@Timeout(120)
class ScoreStreamTest {
    private static final int PICTURES = 40;

    /** Wider than what the server reads ahead and than its queue holds: both must slow the stream down, and nothing may get lost. */
    private static final int WINDOW = 16;

    @Test
    void aLibraryGoesThroughAStreamAndScoresAsItDoesOneByOne() throws Exception {
        try (LoupeServer server = LoupeServer.start(ConfigReader.read(
                        null,
                        Map.of(),
                        Map.of(
                                "grpc.port", "0",
                                "http.enabled", "false",
                                "engine.threads", "1",
                                "grpc.stream-in-flight", "4",
                                "batching.max-queued-frames", "3",
                                "batching.max-batch-frames", "1",
                                "scoring.cache-bytes", "0",
                                "model.default", TestScoring.tinyPackage().toString())));
                ScoringClient client = ScoringClient.connect(ClientConfig.of(server.grpcAddress()))) {
            List<CompletableFuture<ScoredMedia>> answers = new ArrayList<>();
            CompletableFuture<ScoredMedia> words;
            try (ScoreStream stream = client.openStream(WINDOW)) {
                for (int i = 0; i < PICTURES; i++) {
                    answers.add(stream.score(picture(i), ScoreOptions.DEFAULT));
                }
                words = stream.score(
                        MediaContent.of("some words".getBytes(StandardCharsets.UTF_8)), ScoreOptions.DEFAULT);
            }
            for (int i = 0; i < PICTURES; i++) {
                assertThat(answers.get(i).get(1, TimeUnit.SECONDS))
                        .isEqualTo(client.score(picture(i), ScoreOptions.DEFAULT));
            }
            assertThat(words.handle((scored, failure) -> ((ScoringException) failure).reason())
                            .get(1, TimeUnit.SECONDS))
                    .isEqualTo(ErrorReason.UNSUPPORTED_MEDIA_TYPE);
        }
    }

    private static MediaContent picture(int seed) {
        return MediaContent.of(TestPictures.png(seed));
    }
}
