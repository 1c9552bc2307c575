package org.loupe.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class WeightedSourceTest {
    @Test
    void readsAPathWithOrWithoutAWeight() {
        assertThat(WeightedSource.parse("a/labels.csv")).isEqualTo(new WeightedSource(Path.of("a/labels.csv"), 1));
        assertThat(WeightedSource.parse("a/labels.csv=0.5"))
                .isEqualTo(new WeightedSource(Path.of("a/labels.csv"), 0.5));
        assertThat(WeightedSource.parse("k=v/labels.csv=3"))
                .isEqualTo(new WeightedSource(Path.of("k=v/labels.csv"), 3));
    }

    @Test
    void aFileThatExistsIsMeantAsItIsWritten(@TempDir Path dir) throws IOException {
        Path odd = Files.createFile(dir.resolve("labels=2"));
        assertThat(WeightedSource.parse(odd.toString())).isEqualTo(new WeightedSource(odd, 1));
    }

    @Test
    void refusesWhatIsNoWeight() {
        for (String text : new String[] {"a.csv=", "a.csv=two", "a.csv=0", "a.csv=-1", "a.csv=NaN", "a.csv=1e9"}) {
            assertThatThrownBy(() -> new WeightedSource.Converter().convert(text))
                    .as(text)
                    .isInstanceOf(CommandLine.TypeConversionException.class)
                    .hasMessageContaining("weight");
        }
    }
}
