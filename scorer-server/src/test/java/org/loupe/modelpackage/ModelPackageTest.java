package org.loupe.modelpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class ModelPackageTest {
    @TempDir
    private Path place;

    @BeforeEach
    void copyTinyPackage() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/models/tiny-align"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, place.resolve(file.getFileName()));
            }
        }
        Files.deleteIfExists(place.resolve("scores.json"));
    }

    @Test
    void opensAWholePackage() {
        try (ModelPackage model = ModelPackage.open(Path.of("src/test/resources/models/tiny-align"))) {
            model.verify();
            assertThat(model.manifest().levelNames()).containsExactly("excellent", "good", "fair", "poor", "bad");
        }
    }

    @Test
    void noticesOneChangedByteOfTheWeights() throws IOException {
        Path weights = place.resolve(ModelPackage.WEIGHTS);
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length / 2] ^= 1;
        Files.write(weights, bytes);
        refused("digest");
    }

    @Test
    void refusesAFieldItDoesNotKnow() throws IOException {
        Path manifest = place.resolve(ModelPackage.MANIFEST);
        Files.writeString(manifest, Files.readString(manifest).replaceFirst("\\{", "{ \"surprise\" : 1,"));
        refused("surprise");
    }

    @Test
    void namesAMissingPart() throws IOException {
        Files.delete(place.resolve(ModelPackage.GRAPH));
        refused(ModelPackage.GRAPH);
    }

    @Test
    void refusesAManifestThatIsNoJson() throws IOException {
        Files.writeString(place.resolve(ModelPackage.MANIFEST), "<xml/>", StandardOpenOption.TRUNCATE_EXISTING);
        refused("model.json");
    }

    private void refused(String naming) {
        assertThatThrownBy(() -> {
                    try (ModelPackage model = ModelPackage.open(place)) {
                        model.verify();
                    }
                })
                .isInstanceOfSatisfying(ScoringException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(ErrorReason.MODEL_PACKAGE_INVALID))
                .hasMessageContaining(naming);
    }
}
