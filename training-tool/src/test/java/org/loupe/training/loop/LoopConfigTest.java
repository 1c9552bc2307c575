package org.loupe.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class LoopConfigTest {
    @Test
    void whatARecipeLeavesOutStandsAsInTheDefault() throws IOException {
        LoopConfig read =
                new YAMLMapper().readValue("epochs: 3\nlearning-rate: 2e-5\nschedule: constant", LoopConfig.class);
        assertThat(read)
                .isEqualTo(LoopConfig.DEFAULT
                        .with("epochs", 3)
                        .with("learning-rate", 2e-5)
                        .with("schedule", "constant"));
    }

    @Test
    void namesEveryKeyItDoesNotKnow() {
        assertThatThrownBy(() -> new YAMLMapper().readValue("epocs: 3\nlr: 1\nbatch: many", LoopConfig.class))
                .hasMessageContaining("epocs")
                .hasMessageContaining("lr")
                .hasMessageContaining("batch")
                .hasMessageContaining("learning-rate");
    }

    @Test
    void reportsAllValuesOutOfRangeTogether() {
        assertThatThrownBy(() -> new YAMLMapper().readValue("epochs: 0\nclip: -1", LoopConfig.class))
                .hasMessageContaining("epochs")
                .hasMessageContaining("clip");
    }

    @Test
    void cosineWithWarmUpIsThatOfTheTransformersLibrary() {
        // get_cosine_schedule_with_warmup(num_warmup_steps=3, num_training_steps=10), as printed by version 4.36
        double[] expected = {
            0, 1 / 3.0, 2 / 3.0, 1, 0.9504844339512095, 0.8117449009293668, 0.6112604669781572, 0.3887395330218428
        };
        for (int step = 0; step < expected.length; step++) {
            assertThat(Schedule.COSINE.factor(step, 10, 3)).isEqualTo(expected[step], within(1e-12));
        }
    }
}
