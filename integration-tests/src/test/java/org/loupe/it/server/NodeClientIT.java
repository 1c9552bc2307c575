package org.loupe.it.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.embedded.EmbeddedScorer;
import org.loupe.it.node.NodeProgram;

/** The contract from outside Java: grpc-js with nothing but our .proto files drives a real server over loopback. */
class NodeClientIT {
    private static final List<String> PHOTOS = List.of("canyon-wren.jpg", "perched-osprey.jpg");

    @TempDir
    private static Path scratch;

    private static List<JsonNode> records = List.of();

    @BeforeAll
    static void driveServerFromNode() throws IOException, InterruptedException {
        Path client = scratch.resolve("client");
        NodeProgram.install(
                client, "", List.of("package.json", "package-lock.json", ".npmrc", "score.mjs"), "NodeClientIT");
        List<String> command = new ArrayList<>(List.of("node", "score.mjs"));
        try (EmbeddedScorer.Running server = EmbeddedScorer.find().orElseThrow().start(Map.of())) {
            command.add(server.target());
            command.add(Path.of("../proto/src/main/proto")
                    .toAbsolutePath()
                    .normalize()
                    .toString());
            for (String photo : PHOTOS) {
                Path file = scratch.resolve(photo);
                try (InputStream in = NodeClientIT.class.getResourceAsStream("/demo/" + photo)) {
                    Files.write(file, in.readAllBytes());
                }
                command.add(file.toString());
            }
            NodeProgram.Run run = NodeProgram.run(client, command);
            assertThat(run.exit()).as(run.output()).isZero();
            ObjectMapper json = new ObjectMapper();
            List<JsonNode> parsed = new ArrayList<>();
            for (String line : run.output().lines().toList()) {
                parsed.add(json.readTree(line));
            }
            records = parsed;
        }
    }

    @Test
    void listsTheBundledModel() {
        assertThat(of("ListModels").get(0).get("models").get(0).asText()).isEqualTo("loupe-small");
    }

    @Test
    void givesTheSameScoresThroughEveryMethod() {
        Map<String, JsonNode> unary = byFile("Score");
        assertThat(unary.keySet()).containsExactlyInAnyOrderElementsOf(PHOTOS);
        for (JsonNode answer : unary.values()) {
            assertThat(answer.get("mediaType").asText()).isEqualTo("image/jpeg");
            assertThat(answer.get("mos").get("TASK_QUALITY").asDouble()).isBetween(1.0, 5.0);
            assertThat(answer.get("mos").get("TASK_AESTHETICS").asDouble()).isBetween(1.0, 5.0);
        }
        assertThat(withoutCall(byFile("ScoreStream"))).isEqualTo(withoutCall(unary));
        assertThat(withoutCall(byFile("Upload"))).isEqualTo(withoutCall(unary));
    }

    @Test
    void refusesTextWithDetails() {
        JsonNode refused = of("refused").get(0);
        assertThat(refused.get("code").asInt()).isEqualTo(3); // INVALID_ARGUMENT
        assertThat(refused.get("details").asBoolean()).isTrue();
    }

    private static List<JsonNode> of(String call) {
        return records.stream()
                .filter(record -> record.get("call").asText().equals(call))
                .toList();
    }

    private static Map<String, JsonNode> byFile(String call) {
        Map<String, JsonNode> byFile = new HashMap<>();
        of(call).forEach(record -> byFile.put(record.get("file").asText(), record));
        return byFile;
    }

    private static Map<String, String> withoutCall(Map<String, JsonNode> answers) {
        Map<String, String> plain = new HashMap<>();
        answers.forEach((file, answer) ->
                plain.put(file, answer.get("sha256") + " " + answer.get("mos") + " " + answer.get("model")));
        return plain;
    }
}
