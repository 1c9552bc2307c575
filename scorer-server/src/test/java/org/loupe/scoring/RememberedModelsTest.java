package org.loupe.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.batch.BatchConfig;
import org.loupe.batch.FakeEngine;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.TestAdapters;
import org.loupe.score.AdapterRef;

/** One server after the other over the same store. */
@Timeout(120)
class RememberedModelsTest {
    @TempDir
    private Path store;

    @BeforeEach
    void fillTheStore() {
        TestPackages packages = new TestPackages(store);
        packages.add("taste", "1");
        packages.add("taste", "10");
        packages.add("other", "1");
        try (ModelPackage base = ModelPackage.open(packages.place("taste", "10"));
                AdapterPackage written = TestAdapters.write(
                        store.resolve("warm").resolve("1"), "warm", "1", base.manifest(), List.of("a"))) {
            assertThat(written.manifest().name()).isEqualTo("warm");
        }
    }

    @Test
    void modelsAliasesAndAdaptersAreThereAfterARestart() {
        try (TestScoring before = start("taste/1", true)) {
            before.models().load(new LoadRequest("taste/10", false, "", false));
            before.models().load(new LoadRequest("other/1", false, "rough", false));
            before.models().loadAdapter("warm", false, "taste/10");
            before.models().alias("default", "taste/10");
            before.models().unload("taste/1");
        }
        try (TestScoring after = start("taste/1", true)) {
            assertThat(names(after)).containsExactly("taste/10", "other/1");
            assertThat(after.models().find("rough").ref().toString()).isEqualTo("other/1");
            assertThat(after.models().status("").adapters())
                    .extracting(AdapterRef::toString)
                    .containsExactly("warm/1");
            after.models().unloadAdapter("warm", "");
            after.models().removeAlias("rough");
        }
        try (TestScoring last = start("taste/1", true)) {
            assertThat(names(last)).containsExactly("taste/10", "other/1");
            assertThat(last.models().status("").adapters()).isEmpty();
            assertThat(last.models().status("other/1").aliases()).isEmpty();
        }
    }

    @Test
    void whatIsGoneIsLeftOut() throws IOException {
        try (TestScoring before = start("taste/1", true)) {
            before.models().load(new LoadRequest("taste/10", false, "", false));
            before.models().load(new LoadRequest("other/1", false, "rough", false));
            before.models().loadAdapter("warm", false, "taste/10");
        }
        Files.delete(store.resolve("other/1").resolve(ModelPackage.MANIFEST));
        Files.delete(store.resolve("warm/1").resolve(AdapterPackage.TENSORS));
        try (TestScoring after = start("taste/1", true)) {
            assertThat(names(after)).containsExactly("taste/1", "taste/10");
            assertThat(after.models().status("taste/10").adapters()).isEmpty();
        }
    }

    @Test
    void aDefaultThatIsGoneGivesWayToTheConfiguredOne() throws IOException {
        try (TestScoring before = start("taste/1", true)) {
            before.models().load(new LoadRequest("other/1", false, "default", true));
        }
        Files.delete(store.resolve("other/1").resolve(ModelPackage.MANIFEST));
        try (TestScoring after = start("taste/1", true)) {
            assertThat(names(after)).containsExactly("taste/1");
        }
    }

    @Test
    void otherSettingsCountMoreThanWhatWasThereBefore() {
        try (TestScoring before = start("taste/1", true)) {
            before.models().load(new LoadRequest("taste/10", false, "", false));
        }
        try (TestScoring after = start("other/1", true)) {
            assertThat(names(after)).containsExactly("other/1");
        }
    }

    @Test
    void aDamagedFileStopsNothing() throws IOException {
        Files.writeString(store.resolve(RememberedModels.FILE), "{\"schema\": 1, \"models\": [");
        try (TestScoring after = start("taste/1", true)) {
            assertThat(names(after)).containsExactly("taste/1");
        }
    }

    @Test
    void nothingIsRememberedUnasked() {
        try (TestScoring before = start("taste/1", false)) {
            before.models().load(new LoadRequest("taste/10", false, "", false));
        }
        assertThat(store.resolve(RememberedModels.FILE)).doesNotExist();
    }

    private static List<String> names(TestScoring server) {
        return server.models().all().stream()
                .map(model -> model.ref().toString())
                .toList();
    }

    private TestScoring start(String standard, boolean remember) {
        FakeEngine engine = new FakeEngine(5);
        return new TestScoring(
                new ModelConfig(
                        standard,
                        List.of(),
                        Optional.of(store),
                        List.of(),
                        ModelConfig.Administration.STORE,
                        Duration.ofSeconds(30),
                        remember),
                store,
                model -> engine,
                new BatchConfig(8, 32, Duration.ZERO, 64),
                Optional::empty);
    }
}
