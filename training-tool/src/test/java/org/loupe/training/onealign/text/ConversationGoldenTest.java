package org.loupe.training.onealign.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.loupe.export.GoldenSet;
import org.loupe.score.Level;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/** Texts, ids and labels against the reference's own. */
class ConversationGoldenTest {
    @Test
    void everyConversationHasTheReferencesTextIdsAndLabels() throws IOException {
        JsonNode cases = read("training/conversations.json").get("cases");
        assertThat(cases).hasSize(5);
        for (JsonNode each : cases) {
            String question = each.get("question").asText();
            String answer = each.get("answer").asText();
            Conversation said = Dialogue.valueOf(each.get("version").asText().toUpperCase(Locale.ROOT))
                    .about(
                            question,
                            answer.contains("aesthetics") ? Task.AESTHETICS : Task.QUALITY,
                            answer.contains("video"),
                            level(answer));
            assertThat(said.text()).isEqualTo(each.get("conversation_text").asText());
            assertThat(said.inputIds()).isEqualTo(ints(each.get("input_ids")));
            assertThat(said.labels()).isEqualTo(ints(each.get("labels")));
        }
    }

    @Test
    void everyQuestionHasTheReferencesIdsAndLabels() throws IOException {
        JsonNode root = read("training/questions.json");
        List<String> asked = new ArrayList<>();
        for (JsonNode each : root.get("questions")) {
            String question = each.get("question").asText();
            asked.add(question);
            Conversation said = Dialogue.V1.about(question, Task.QUALITY, false, Level.GOOD);
            assertThat(said.inputIds()).isEqualTo(ints(each.get("input_ids_for_good")));
            assertThat(said.labels()).isEqualTo(ints(each.get("labels_for_good")));
        }
        assertThat(asked).containsExactlyElementsOf(Dialogue.questions(Task.QUALITY, false));
        for (Level level : Level.values()) {
            int expected = root.get("level_tokens")
                    .get(level.name().toLowerCase(Locale.ROOT))
                    .asInt();
            assertThat(Dialogue.V1
                            .about(asked.get(0), Task.QUALITY, false, level)
                            .levelId())
                    .isEqualTo(expected);
        }
    }

    @Test
    void everyQuestionCanBeAskedOfBothTasksAndBothMedia() {
        for (Task task : Task.values()) {
            for (boolean video : new boolean[] {false, true}) {
                for (String question : Dialogue.questions(task, video)) {
                    Conversation said = Dialogue.V1.about(question, task, video, Level.FAIR);
                    assertThat(said.text())
                            .contains(task.id() + " of the " + (video ? "video" : "image") + " is fair.");
                }
            }
        }
    }

    @Test
    void refusesAWordWhoseIdsAreNotKnown() {
        assertThatThrownBy(() -> Dialogue.V1.about("How would you rate the bokeh?", Task.QUALITY, false, Level.BAD))
                .isInstanceOf(ScoringException.class)
                .hasMessageContaining("bokeh");
    }

    private static Level level(String answer) {
        for (Level level : Level.values()) {
            if (answer.endsWith(" " + level.name().toLowerCase(Locale.ROOT) + ".")) {
                return level;
            }
        }
        throw new IllegalArgumentException(answer);
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asInt();
        }
        return values;
    }

    private static JsonNode read(String file) throws IOException {
        return new ObjectMapper().readTree(Files.readAllBytes(GoldenSet.open().file(file)));
    }
}
