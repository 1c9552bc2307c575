package org.loupe.scoring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

class LocalScorerTest {
    @TempDir
    private Path scratch;

    @Test
    void bothTasksOfAPhotoRunTheVisionPartOnce() throws IOException {
        try (LocalScorer scorer = LocalScorer.open("src/test/resources/models/tiny-align")) {
            ScoredMedia both = scorer.score(picture("a.png", 3), Set.of());
            assertThat(both.scores().keySet()).containsExactly(Task.QUALITY, Task.AESTHETICS);
            assertThat(scorer.framesRun()).isEqualTo(1);
        }
    }

    @Test
    void theSameBytesAreNotRunTwice() throws IOException {
        try (LocalScorer scorer = LocalScorer.open("src/test/resources/models/tiny-align")) {
            Path picture = picture("a.png", 3);
            ScoredMedia first = scorer.score(picture, Set.of());
            Path copy = Files.copy(picture, scratch.resolve("copy.png"));
            assertThat(scorer.score(copy, Set.of())).isEqualTo(first);
            assertThat(scorer.framesRun()).isEqualTo(1);
        }
    }

    @Test
    void aTaskAskedAloneScoresAsItDoesBesideTheOther() throws IOException {
        Path picture = picture("a.png", 5);
        try (LocalScorer scorer = LocalScorer.open("src/test/resources/models/tiny-align");
                LocalScorer fresh = LocalScorer.open("src/test/resources/models/tiny-align")) {
            float together = aesthetics(scorer.score(picture, Set.of()));
            float alone = aesthetics(fresh.score(picture, Set.of(Task.AESTHETICS)));
            assertThat(alone).isCloseTo(together, offset(5e-5f));
        }
    }

    @Test
    void saysWhichModelsThereAreWhenOneIsNotFound() {
        assertThatThrownBy(() -> LocalScorer.open("no-such-model"))
                .isInstanceOfSatisfying(ScoringException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(ErrorReason.MODEL_NOT_FOUND))
                .hasMessageContaining("loupe-small");
    }

    private static float aesthetics(ScoredMedia media) {
        return requireNonNull(media.scores().get(Task.AESTHETICS)).mos();
    }

    private Path picture(String name, int step) throws IOException {
        BufferedImage image = new BufferedImage(80, 60, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 80; x++) {
            for (int y = 0; y < 60; y++) {
                image.setRGB(x, y, 0x10203 * step * (x ^ y));
            }
        }
        Path file = scratch.resolve(name);
        ImageIO.write(image, "png", file.toFile());
        return file;
    }
}
