package org.loupe.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LevelIntervalsTest {
    @Test
    void cutsTheScaleAsTheReferenceDoes() throws IOException {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/levels/rule-cases.json"))) {
            JsonNode golden = new ObjectMapper().readTree(in);
            assertThat(golden.path("rule_cases")).hasSizeGreaterThan(30);
            for (JsonNode rule : golden.path("rule_cases")) {
                LevelIntervals intervals = LevelIntervals.equidistant(
                        5, rule.path("min").asDouble(), rule.path("max").asDouble());
                int level = intervals.fromWorst(rule.path("mos").asDouble());
                assertThat(golden.path("order_bad_to_excellent").get(level).asText())
                        .as(rule.toString())
                        .isEqualTo(rule.path("level_upper_end_inclusive").asText());
            }
        }
    }

    @Test
    void quantilesHoldEquallyMany() {
        double[] ratings = new double[70];
        for (int i = 0; i < 70; i++) {
            ratings[i] = Math.pow(i, 2);
        }
        LevelIntervals intervals = LevelIntervals.quantile(7, ratings);
        int[] counts = new int[7];
        for (double rating : ratings) {
            counts[intervals.fromWorst(rating)]++;
        }
        assertThat(counts).containsOnly(10);
    }

    @Test
    void valuesBesideTheScaleBelongToItsEnds() {
        LevelIntervals intervals = LevelIntervals.equidistant(3, 0, 1);
        assertThat(intervals.fromWorst(-5)).isZero();
        assertThat(intervals.fromWorst(5)).isEqualTo(2);
    }
}
