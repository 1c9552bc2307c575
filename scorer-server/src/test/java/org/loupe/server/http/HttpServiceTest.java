package org.loupe.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.loupe.decode.TestVideo;
import org.loupe.scoring.TestPictures;
import org.loupe.scoring.TestScoring;
import org.loupe.server.LoupeServer;
import org.loupe.server.config.ConfigReader;

/** The HTTP port of a real server with the tiny model. */
@SuppressWarnings("NullAway.Init") // opened before each test
class HttpServiceTest {
    private static final String TOKEN = "0123456789abcdef";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private LoupeServer server;

    @BeforeEach
    void open() {
        server = start(Map.of());
    }

    private static LoupeServer start(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "grpc.port", "0",
                "http.port", "0",
                "http.max-media-bytes", "1MiB",
                "engine.threads", "1",
                "model.default", TestScoring.tinyPackage().toString()));
        settings.putAll(more);
        return LoupeServer.start(ConfigReader.read(null, Map.of(), settings));
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aPostedPhotoIsAnsweredAsOneRecord() throws Exception {
        byte[] picture = Files.readAllBytes(TestScoring.resource("/tiny-align/rgba_70x110.png"));
        HttpResponse<String> answer = post("/v1/score?name=a%20b.png", picture);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
        JsonNode record = JSON.readTree(answer.body());
        assertThat(record.path("path").asText()).isEqualTo("a b.png");
        assertThat(record.path("model").path("name").asText()).isEqualTo("tiny-align");
        assertThat(record.path("scores").fieldNames()).toIterable().containsExactly("quality", "aesthetics");
        assertThat(record.has("adapter")).isFalse();

        JsonNode one = JSON.readTree(
                post("/v1/score?task=aesthetics&model=tiny-align/1", picture).body());
        assertThat(one.path("scores").fieldNames()).toIterable().containsExactly("aesthetics");
        assertThat(one.path("scores").path("aesthetics"))
                .isEqualTo(record.path("scores").path("aesthetics"));
    }

    @Test
    void aClipsTimelineIsAskedForInTheQuery() throws Exception {
        byte[] clip = TestVideo.of("mp4", "mpeg4", 7, 1).bytes();
        JsonNode record = JSON.readTree(
                post("/v1/score?timeline=true&segmentSeconds=3", clip).body());

        assertThat(record.path("timeline")).hasSize(3);
        assertThat(record.path("timeline").path(2).path("end").asInt()).isEqualTo(7);
        assertThat(record.path("worst").has("second")).isTrue();
        assertThat(JSON.readTree(post("/v1/score", clip).body()).has("timeline"))
                .isFalse();
        assertRefused(400, "INVALID_REQUEST", post("/v1/score?timeline=maybe", clip));
        assertRefused(400, "INVALID_REQUEST", post("/v1/score?timeline=true&segmentSeconds=0", clip));
    }

    @Test
    void aFormWithOneFileIsTakenToo() throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        String head = """
                --X
                Content-Disposition: form-data; name="file"; filename="in form.png"
                Content-Type: image/png

                """;
        body.writeBytes(head.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
        body.writeBytes(TestPictures.png(3));
        body.writeBytes("\r\n--X--\r\n".getBytes(StandardCharsets.UTF_8));
        HttpResponse<String> answer = send(HttpRequest.newBuilder(uri("/v1/score"))
                .header("Content-Type", "multipart/form-data; boundary=X")
                .POST(BodyPublishers.ofByteArray(body.toByteArray())));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(answer.body()).path("path").asText()).isEqualTo("in form.png");
    }

    @Test
    void everyRefusalHasItsStatusAndReason() throws Exception {
        byte[] picture = TestPictures.png(1);
        assertRefused(415, "UNSUPPORTED_MEDIA_TYPE", post("/v1/score", "words".getBytes(StandardCharsets.UTF_8)));
        assertRefused(422, "MEDIA_EMPTY", post("/v1/score", new byte[0]));
        byte[] whole = Files.readAllBytes(TestScoring.resource("/tiny-align/rgba_70x110.png"));
        assertRefused(422, "MEDIA_CORRUPT", post("/v1/score", Arrays.copyOf(whole, 100)));
        assertRefused(404, "MODEL_NOT_FOUND", post("/v1/score?model=none", picture));
        assertRefused(404, "ADAPTER_NOT_FOUND", post("/v1/score?adapter=none", picture));
        assertRefused(400, "INVALID_REQUEST", post("/v1/score?task=beauty", picture));
        assertRefused(400, "INVALID_REQUEST", post("/v1/score?orientation=up", picture));
        assertThat(send(HttpRequest.newBuilder(uri("/v1/score")).GET()).statusCode())
                .isEqualTo(404);
    }

    @Test
    void aMediumOverTheLimitIsRefusedAndNothingStays() throws Exception {
        assertRefused(413, "MEDIA_TOO_LARGE", post("/v1/score", new byte[(1 << 20) + 1]));
        try (var left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(left.filter(path -> path.getFileName().toString().startsWith("loupe-http-")))
                    .isEmpty();
        }
    }

    @Test
    void healthAndMetricsTellHowItGoes() throws Exception {
        post("/v1/score", TestPictures.png(9));

        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").body()).isEqualTo("ready\n");
        assertThat(get("/metrics").body())
                .contains("loupe_media_scored_total 1.0", "loupe_engine_frames_total{model=\"tiny-align/1\"} 1.0");
    }

    @Test
    void withATokenOnlyHealthIsOpen() throws Exception {
        server.close();
        server = start(Map.of("access.token", TOKEN));

        assertRefused(401, "UNAUTHENTICATED", post("/v1/score", TestPictures.png(1)));
        assertThat(get("/metrics").statusCode()).isEqualTo(401);
        assertThat(get("/readyz").statusCode()).isEqualTo(200);
        assertThat(send(HttpRequest.newBuilder(uri("/v1/score"))
                                .header("Authorization", "Bearer " + TOKEN)
                                .POST(BodyPublishers.ofByteArray(TestPictures.png(1))))
                        .statusCode())
                .isEqualTo(200);
    }

    private static void assertRefused(int status, String reason, HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        JsonNode error = JSON.readTree(answer.body()).path("error");
        assertThat(error.path("reason").asText()).isEqualTo(reason);
        assertThat(error.path("message").asText()).isNotBlank();
    }

    private HttpResponse<String> post(String path, byte[] body) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofByteArray(body)));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.timeout(Duration.ofMinutes(1)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://" + server.httpAddress().orElseThrow() + path);
    }
}
