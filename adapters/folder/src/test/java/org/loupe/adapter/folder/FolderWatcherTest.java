package org.loupe.adapter.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.loupe.adapter.folder.Fixtures.jpeg;
import static org.loupe.adapter.folder.Fixtures.sha256;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.client.ClientConfig;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.ingest.JournalEntry;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.testkit.Await;
import org.loupe.testkit.FakeScoringService;
import org.loupe.testkit.Pictures;

@SuppressWarnings("NullAway.Init") // JUnit opens everything before each test
class FolderWatcherTest {
    @TempDir
    private Path temporary;

    private Path root;
    private FakeScoringService service;
    private ScoringClient client;

    @BeforeEach
    void openAll() throws IOException {
        root = Files.createDirectory(temporary.toRealPath().resolve("pictures"));
        service = FakeScoringService.start();
        client = service.client();
    }

    @AfterEach
    void closeAll() {
        client.close();
        service.close();
    }

    @Test
    void scoresWhatIsThereAndWhatComes() throws Exception {
        Path old = jpeg(root.resolve("old.jpg"), 1);
        Told told = new Told();
        try (FolderWatcher watcher = FolderWatcher.open(watching(), client, told)) {
            watcher.start();
            Await.until("the old one", () -> told.scored.containsKey(old));
            Files.createDirectories(root.resolve("2026"));
            Path fresh = jpeg(root.resolve("2026/fresh.jpg"), 2);
            Await.until("the new one", () -> told.scored.containsKey(fresh));
            jpeg(fresh, 3);
            Await.until("the changed one", () -> told.scoredAs(fresh, sha256(fresh)));
            assertThat(stampOf(fresh)).isEqualTo(sha256(fresh));
        }
        assertThat(Fixtures.filesIn(root)).hasSize(4);
    }

    @Test
    void readsNothingAgainThatItRemembers() throws Exception {
        fill(5);
        assertThat(once(config()).scored()).isEqualTo(5);
        FolderReport second = once(config());
        assertThat(second.scored()).isZero();
        assertThat(second.unchanged()).isEqualTo(5);
        assertThat(service.calls()).isEqualTo(5);
    }

    @Test
    void scoresNothingAgainWhenItsMemoryIsLost() throws Exception {
        fill(5);
        once(config());
        FolderReport second = once(config().withState(temporary.resolve("another")));
        assertThat(second.scored()).isZero();
        assertThat(second.unchanged()).isEqualTo(5);
        assertThat(service.calls()).isEqualTo(5);
    }

    @Test
    void goesOnWhenItsMemoryIsDamaged() throws Exception {
        fill(2);
        once(config());
        try (var files = Files.walk(temporary.resolve("state"))) {
            Path memory =
                    files.filter(file -> file.endsWith("files.mv")).findFirst().orElseThrow();
            Files.writeString(memory, "no store at all".repeat(1000));
        }
        assertThat(once(config()).unchanged()).isEqualTo(2);
    }

    @Test
    void restoresADeletedSidecarAndADamagedPartOfOne() throws Exception {
        fill(3);
        once(config());
        Files.delete(root.resolve("0.jpg.xmp"));
        Path edited = root.resolve("1.jpg.xmp");
        Files.writeString(edited, Files.readString(edited).replaceAll("<loupe:ScoredSha256>.*", ""));
        Path touched = root.resolve("2.jpg.xmp");
        Files.writeString(touched, Files.readString(touched) + "\n");

        FolderReport report = once(config());

        assertThat(report.scored()).isEqualTo(2);
        assertThat(report.unchanged()).isEqualTo(1);
        assertThat(stampOf(root.resolve("0.jpg"))).isEqualTo(sha256(root.resolve("0.jpg")));
        assertThat(stampOf(root.resolve("1.jpg"))).isEqualTo(sha256(root.resolve("1.jpg")));
    }

    @Test
    void restoresADeletedSidecarWhileItWatches() throws Exception {
        Path photo = jpeg(root.resolve("a.jpg"), 1);
        Told told = new Told();
        try (FolderWatcher watcher = FolderWatcher.open(watching(), client, told)) {
            watcher.start();
            Await.until("the score", () -> told.scored.containsKey(photo));
            Files.delete(root.resolve("a.jpg.xmp"));
            Await.until("the sidecar again", () -> Files.exists(root.resolve("a.jpg.xmp")));
        }
    }

    @Test
    void scoresAgainWithANewModel() throws Exception {
        fill(2);
        once(config());
        service.upgradeModel("2");
        assertThat(once(config()).scored()).isEqualTo(2);
        assertThat(once(config()).scored()).isZero();
    }

    @Test
    void addsATaskThatIsAskedForLater() throws Exception {
        fill(1);
        once(config().withOptions(ScoreOptions.DEFAULT.withTasks(Set.of(Task.QUALITY))));
        assertThat(fieldsOf(root.resolve("0.jpg")).text(ScoreFields.AESTHETIC_SCORE))
                .isEmpty();
        once(config());
        assertThat(fieldsOf(root.resolve("0.jpg")).text(ScoreFields.AESTHETIC_SCORE))
                .isPresent();
    }

    @Test
    void parksAPictureBesideADamagedSidecarUntilThatIsRepaired() throws Exception {
        Path photo = jpeg(root.resolve("a.jpg"), 1);
        Path sidecar = Files.writeString(root.resolve("a.jpg.xmp"), "<half");
        Told told = new Told();
        FolderReport report = once(config(), told);
        assertThat(report.parked()).isEqualTo(1);
        assertThat(told.parked).containsEntry(photo, ErrorReason.METADATA_CONFLICT);
        assertThat(sidecar).hasContent("<half");
        assertThat(service.calls()).as("nothing is scored in vain").isZero();

        Files.writeString(sidecar, Fixtures.xmp("<xmp:Label>Red</xmp:Label>"));
        assertThat(once(config()).parked()).isZero();
        assertThat(Files.readString(sidecar)).contains("Red").contains("QualityScore");
    }

    @Test
    void namesBrokenPicturesAndPassesOtherKindsBy() throws Exception {
        fill(1);
        Files.write(root.resolve("broken.jpg"), Pictures.corruptJpeg(9));
        Files.writeString(root.resolve("letter.jpg"), "no picture");
        Files.createFile(root.resolve("empty.png"));
        Files.writeString(root.resolve("notes.txt"), "no picture either");
        try (FolderWatcher watcher = FolderWatcher.open(config(), client, FolderListener.NONE)) {
            FolderReport report = watcher.sweepOnce();
            assertThat(report.scored()).isEqualTo(1);
            assertThat(report.otherKinds()).isEqualTo(1);
            assertThat(watcher.parked(10))
                    .extracting(JournalEntry::assetId, entry -> entry.reason().orElseThrow())
                    .containsExactlyInAnyOrder(
                            org.assertj.core.groups.Tuple.tuple("broken.jpg", ErrorReason.MEDIA_CORRUPT),
                            org.assertj.core.groups.Tuple.tuple("letter.jpg", ErrorReason.UNSUPPORTED_MEDIA_TYPE),
                            org.assertj.core.groups.Tuple.tuple("empty.png", ErrorReason.MEDIA_EMPTY));
        }
    }

    @Test
    void scoresAPictureThatWasParkedOnceItIsWhole() throws Exception {
        Path photo = Files.write(root.resolve("a.jpg"), Pictures.corruptJpeg(9));
        Told told = new Told();
        try (FolderWatcher watcher = FolderWatcher.open(watching(), client, told)) {
            watcher.start();
            Await.until("parking", () -> told.parked.containsKey(photo));
            Files.write(photo, Pictures.jpeg(9));
            Await.until("the score", () -> told.scored.containsKey(photo));
            assertThat(watcher.parked(10)).isEmpty();
        }
    }

    @Test
    void removesWhatAKilledRunLeftBehind() throws Exception {
        fill(1);
        Path left = Files.writeString(root.resolve(".loupe-tmp-00000000-1111"), "half");
        once(config());
        assertThat(left).doesNotExist();
    }

    @Test
    void refusesASecondWatcherOfTheSameFolder() throws Exception {
        try (FolderWatcher first = FolderWatcher.open(config(), client, FolderListener.NONE)) {
            assertThat(first.root()).isEqualTo(root);
            assertThatThrownBy(() -> FolderWatcher.open(config(), client, FolderListener.NONE))
                    .isInstanceOf(ScoringException.class)
                    .hasMessageContaining("already being watched by process "
                            + ProcessHandle.current().pid());
        }
        once(config());
    }

    @Test
    void saysWhenNoServerIsThereToBeginWith() {
        service.stop();
        assertThatThrownBy(() -> FolderWatcher.open(config(), client, FolderListener.NONE))
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.SERVER_UNAVAILABLE));
    }

    @Test
    void saysWhenTheFolderIsNone() {
        FolderConfig config = FolderConfig.of(root.resolve("gone")).withState(temporary.resolve("state"));
        try (ScoringClient other = ScoringClient.connect(ClientConfig.of(service.target()))) {
            assertThatThrownBy(() -> FolderWatcher.open(config, other, FolderListener.NONE))
                    .isInstanceOf(ScoringException.class)
                    .hasMessageContaining("no folder");
        }
    }

    @Test
    void usesShortSidecarNamesWhereAskedAndFree() throws Exception {
        jpeg(root.resolve("a.jpg"), 1);
        jpeg(root.resolve("b.jpg"), 2);
        Files.writeString(root.resolve("b.cr2"), "raw");
        once(config().withSidecars(SidecarName.STEM, Optional.of(Task.QUALITY)));
        assertThat(root.resolve("a.xmp")).content().contains("xmp:Rating");
        assertThat(root.resolve("b.jpg.xmp")).exists();
        assertThat(once(config()).unchanged()).isEqualTo(2);
    }

    private FolderConfig config() {
        return FolderConfig.of(root)
                .withState(temporary.resolve("state"))
                .withTimes(Duration.ZERO, Duration.ofHours(1));
    }

    private FolderConfig watching() {
        return config().withTimes(Duration.ofMillis(50), Duration.ofSeconds(1));
    }

    private FolderReport once(FolderConfig config) throws InterruptedException {
        return once(config, FolderListener.NONE);
    }

    private FolderReport once(FolderConfig config, FolderListener listener) throws InterruptedException {
        try (FolderWatcher watcher = FolderWatcher.open(config, client, listener)) {
            return watcher.sweepOnce();
        }
    }

    private void fill(int count) {
        for (int i = 0; i < count; i++) {
            jpeg(root.resolve(i + ".jpg"), i);
        }
    }

    private ScoreFields fieldsOf(Path photo) throws IOException {
        return new XmpSidecar(root, SidecarName.FULL, null)
                .read(photo.resolveSibling(photo.getFileName() + ".xmp"))
                .orElseThrow();
    }

    private String stampOf(Path photo) throws IOException {
        return fieldsOf(photo).text(ScoreFields.SCORED_SHA256).orElseThrow();
    }

    private static final class Told implements FolderListener {
        private final Map<Path, ScoreFields> scored = new ConcurrentHashMap<>();
        private final Map<Path, ErrorReason> parked = new ConcurrentHashMap<>();

        boolean scoredAs(Path file, String sha256) {
            ScoreFields fields = scored.get(file);
            return fields != null && fields.text(ScoreFields.SCORED_SHA256).equals(Optional.of(sha256));
        }

        @Override
        public void scored(Path file, Path sidecar, ScoreFields fields) {
            scored.put(file, fields);
        }

        @Override
        public void parked(Path file, ErrorReason reason, String message) {
            parked.put(file, reason);
        }
    }
}
