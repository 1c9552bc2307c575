package org.loupe.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

@SuppressWarnings("NullAway.Init") // JUnit gives the folder
class H2JournalTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path folder;

    @Test
    void remembersAcrossOpenings() {
        try (Journal journal = open()) {
            journal.accept("a", NOW);
            journal.accept("b", NOW);
            journal.done(journal.due(NOW, 1).get(0));
        }
        try (Journal journal = open()) {
            assertThat(journal.list(JournalEntry.State.PENDING, 10))
                    .extracting(JournalEntry::assetId)
                    .containsExactly("b");
        }
    }

    @Test
    void keepsEverythingAcceptedByAKilledProcess() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        EndlessAcceptor.class.getName(),
                        folder.resolve("journal").toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> acknowledged = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && acknowledged.size() < 50; line = lines.readLine()) {
                acknowledged.add(line);
            }
            process.destroyForcibly().waitFor();
        }
        assertThat(acknowledged).hasSize(50);
        try (Journal journal = open()) {
            assertThat(journal.list(JournalEntry.State.PENDING, 1_000_000))
                    .extracting(JournalEntry::assetId)
                    .containsAll(acknowledged);
        }
    }

    @Test
    void givesWhatIsDueAndNothingElse() {
        try (Journal journal = open()) {
            journal.accept("late", NOW.plusSeconds(2));
            journal.accept("early", NOW.plusSeconds(1));
            assertThat(journal.due(NOW, 10)).isEmpty();
            assertThat(journal.due(NOW.plusSeconds(5), 10))
                    .extracting(JournalEntry::assetId)
                    .containsExactly("early", "late");
            assertThat(journal.due(NOW.plusSeconds(5), 1)).hasSize(1);

            JournalEntry early = journal.due(NOW.plusSeconds(5), 1).get(0);
            journal.retryLater(early, ErrorReason.OVERLOADED, "full", NOW.plusSeconds(60));
            assertThat(journal.due(NOW.plusSeconds(59), 10))
                    .extracting(JournalEntry::assetId)
                    .containsExactly("late");
            JournalEntry again = journal.due(NOW.plusSeconds(60), 10).get(1);
            assertThat(again.attempts()).isOne();
            assertThat(again.reason()).contains(ErrorReason.OVERLOADED);
        }
    }

    @Test
    void answerForOldBytesLeavesNewOnesPending() {
        try (Journal journal = open()) {
            journal.accept("a", NOW);
            JournalEntry old = journal.due(NOW, 1).get(0);
            journal.accept("a", NOW);
            journal.done(old);
            journal.park(old, ErrorReason.MEDIA_CORRUPT, "broken");
            journal.retryLater(old, ErrorReason.OVERLOADED, "full", NOW.plus(Duration.ofDays(1)));
            assertThat(journal.due(NOW, 10)).hasSize(1);
        }
    }

    @Test
    void showsParkedAssetsAndTriesThemAgain() {
        try (Journal journal = open()) {
            journal.accept("a", NOW);
            journal.park(journal.due(NOW, 1).get(0), ErrorReason.MEDIA_CORRUPT, "x".repeat(5000));
            JournalEntry parked = journal.list(JournalEntry.State.PARKED, 10).get(0);
            assertThat(parked.reason()).contains(ErrorReason.MEDIA_CORRUPT);
            assertThat(parked.message().orElseThrow()).hasSize(1000);
            assertThat(journal.count(JournalEntry.State.PARKED)).isOne();
            assertThat(journal.retryParked(NOW)).isOne();
            assertThat(journal.due(NOW, 10)).hasSize(1);
        }
    }

    @Test
    void refusesImpossibleIds() {
        try (Journal journal = open()) {
            for (String id : List.of("", "x".repeat(Journal.MAX_ID_CHARS + 1))) {
                assertThatThrownBy(() -> journal.accept(id, NOW))
                        .isInstanceOfSatisfying(ScoringException.class, e -> assertThat(e.reason())
                                .isEqualTo(ErrorReason.INVALID_REQUEST));
            }
        }
    }

    private Journal open() {
        return H2Journal.open(folder.resolve("journal"));
    }

    /** Accepts assets until it is killed, printing each once it is safe. */
    static final class EndlessAcceptor {
        private EndlessAcceptor() {}

        public static void main(String[] arguments) {
            Journal journal = H2Journal.open(Path.of(arguments[0]));
            for (int i = 0; ; i++) {
                journal.accept("asset-" + i, NOW);
                System.out.println("asset-" + i);
            }
        }
    }
}
