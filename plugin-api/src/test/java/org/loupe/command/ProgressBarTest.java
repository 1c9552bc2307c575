package org.loupe.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final StringWriter text = new StringWriter();
    private long nanos;

    @Test
    void printsOnePlainLineAStepWithoutTerminal() {
        try (ProgressBar bar = new ProgressBar(new PrintWriter(text), false, () -> nanos)) {
            for (int i = 0; i <= 100; i++) {
                bar.at("scoring", i, 100);
            }
            bar.at("writing", 0, 1);
        }
        assertThat(text.toString().lines()).containsExactly("scoring", "writing");
    }

    @Test
    void doesNotCountResumedWorkAsDoneInNoTime() {
        try (ProgressBar bar = new ProgressBar(new PrintWriter(text), true, () -> nanos)) {
            bar.at("scoring", 50, 100);
            nanos += Duration.ofSeconds(10).toNanos();
            bar.at("scoring", 60, 100);
        }
        assertThat(text.toString()).contains("40 s left");
    }

    @Test
    void estimatesTheRestFromTheRateSoFar() {
        try (ProgressBar bar = new ProgressBar(new PrintWriter(text), true, () -> nanos)) {
            bar.at("scoring", 0, 100);
            nanos += Duration.ofSeconds(10).toNanos();
            bar.at("scoring", 25, 100);
        }
        assertThat(text.toString()).contains(" 25.0 %").contains("30 s left").endsWith(System.lineSeparator());
    }

    @Test
    void doesNotRedrawFasterThanAPersonSees() {
        try (ProgressBar bar = new ProgressBar(new PrintWriter(text), true, () -> nanos)) {
            for (int i = 0; i < 1000; i++) {
                nanos += Duration.ofMillis(1).toNanos();
                bar.at("scoring", i, 1000);
            }
        }
        assertThat(text.toString().chars().filter(c -> c == '\r').count()).isBetween(9L, 12L);
    }
}
