package org.loupe.adapter.folder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.client.MediaContent;
import org.loupe.client.ScoreOptions;
import org.loupe.client.ScoringClient;
import org.loupe.ingest.ScoreStamp;
import org.loupe.metadata.ScoreFields;
import org.loupe.testkit.FakeScoringService;

/**
 * Kills a real {@code watch} process with SIGKILL at random moments, again and again over the same folder, which changes between the
 * kills as a library does: pictures are replaced, sidecars deleted, other people's sidecars are there before ours. After each kill no
 * sidecar may be torn and nobody's work lost; after one undisturbed run in the end each picture has exactly one correct sidecar.
 *
 * <p>The full size is {@code mvn verify -pl adapters/folder -am -Dtest=KillTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dloupe.kill.rounds=50 -Dloupe.kill.files=300}; {@code -Dloupe.kill.seed} repeats a run as far as the scheduler lets it.
 */
class KillTest {
    private static final int ROUNDS = Integer.getInteger("loupe.kill.rounds", 8);
    private static final int FILES = Integer.getInteger("loupe.kill.files", 60);
    private static final long SEED = Long.getLong("loupe.kill.seed", System.nanoTime());

    /** The share of rounds killed at any moment of the process's life; the others are killed while it writes. */
    private static final double ANYWHERE = 0.2;

    private final Random random = new Random(SEED);
    private final Path temporary;
    private final Path root;
    private final List<Path> photos = new ArrayList<>();
    private final Map<Path, String> labels = new HashMap<>();
    private int pictures;
    private int killedAtWork;
    private int unfinishedLeft;
    private int sidecarsWritten;

    KillTest(@TempDir Path temporary) throws IOException {
        this.temporary = temporary.toRealPath();
        root = Files.createDirectory(this.temporary.resolve("pictures"));
    }

    @Test
    void leavesOneCorrectSidecarForEachFileWheneverItIsKilled() throws Exception {
        System.err.printf("KillTest: %d kills over %d files, seed %d%n", ROUNDS, FILES, SEED);
        makeLibrary();
        try (FakeScoringService service = FakeScoringService.start()) {
            long workMillis = undisturbed(service.target());
            for (int round = 0; round < ROUNDS; round++) {
                disturbLibrary();
                long before = service.calls();
                kill(service.target(), workMillis);
                sidecarsWritten += (int) (service.calls() - before);
                checkNothingIsTorn();
            }
            disturbLibrary();
            undisturbed(service.target());
            checkEachHasOneCorrectSidecar(service);
        }
        System.err.printf(
                "KillTest: %d kills, %d of them with files left to do, %d unfinished files met and removed, %d scorings before kills%n",
                ROUNDS, killedAtWork, unfinishedLeft, sidecarsWritten);
        assertThat(killedAtWork).as("kills that interrupted work").isPositive();
    }

    private void makeLibrary() throws IOException {
        for (int i = 0; i < FILES; i++) {
            Path album = Files.createDirectories(root.resolve("album" + i % 7));
            photos.add(Fixtures.jpeg(album.resolve("photo" + i + ".jpg"), pictures++));
        }
    }

    /** A third of the pictures is replaced, a third loses its sidecar, some get one from another program. */
    private void disturbLibrary() throws IOException {
        for (Path photo : photos) {
            int fate = random.nextInt(9);
            if (fate < 3) {
                Fixtures.jpeg(photo, pictures++);
            } else if (fate < 5) {
                Files.deleteIfExists(sidecarOf(photo));
                labels.remove(photo);
            } else if (fate == 5) {
                String label = "label " + pictures++;
                Files.writeString(
                        sidecarOf(photo),
                        Fixtures.xmp("<xmp:Label>" + label + "</xmp:Label>"
                                + "<dc:subject><rdf:Bag><rdf:li>otter</rdf:li></rdf:Bag></dc:subject>"));
                labels.put(photo, label);
            }
        }
    }

    /** @return how long the work itself took */
    private long undisturbed(String target) throws Exception {
        Process process = watch(target);
        try (BufferedReader errors = process.errorReader()) {
            String first = errors.readLine();
            long start = System.nanoTime();
            String rest = String.join("\n", errors.lines().toList());
            assertThat(process.waitFor()).as(first + "\n" + rest).isZero();
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        }
    }

    private void kill(String target, long workMillis) throws Exception {
        Process process = watch(target);
        try (BufferedReader errors = process.errorReader()) {
            if (random.nextDouble() >= ANYWHERE) {
                assertThat(errors.readLine()).startsWith("watching");
            }
            boolean ended = process.waitFor(random.nextLong(Math.max(1, workMillis)), TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
            if (!ended && undone() > 0) {
                killedAtWork++;
            }
        }
    }

    private Process watch(String target) throws IOException {
        Process process = WatchMain.start(
                "--once",
                "--quiet-period",
                "0s",
                "--server",
                target,
                "--state",
                temporary.resolve("state").toString(),
                root.toString());
        process.getInputStream().close(); // nobody reads the lines, and a full pipe would stop it
        return process;
    }

    private void checkNothingIsTorn() throws IOException {
        for (Path file : Fixtures.filesIn(root)) {
            if (XmpSidecar.isTemporary(file)) {
                unfinishedLeft++;
            } else if (SidecarName.isSidecar(file)) {
                XmpPacket.parse(Files.readAllBytes(file)); // throws if it is not whole
            }
        }
        for (Map.Entry<Path, String> label : labels.entrySet()) {
            assertThat(sidecarOf(label.getKey())).content().contains(label.getValue(), "otter");
        }
    }

    private void checkEachHasOneCorrectSidecar(FakeScoringService service) throws IOException {
        List<Path> expected = new ArrayList<>(photos);
        photos.forEach(photo -> expected.add(sidecarOf(photo)));
        assertThat(Fixtures.filesIn(root)).as("seed " + SEED).containsExactlyInAnyOrderElementsOf(expected);
        try (ScoringClient client = service.client()) {
            for (Path photo : photos) {
                ScoreFields right =
                        ScoreFields.of(client.score(MediaContent.of(photo), ScoreOptions.DEFAULT), Fixtures.WHEN);
                ScoreFields written = fields(photo).orElseThrow();
                assertThat(ScoreStamp.of(written)).as(photo + ", seed " + SEED).isEqualTo(ScoreStamp.of(right));
                assertThat(written.keywords()).isEqualTo(right.keywords());
                assertThat(written.text(ScoreFields.QUALITY_SCORE)).isEqualTo(right.text(ScoreFields.QUALITY_SCORE));
                String text = Files.readString(sidecarOf(photo));
                for (String keyword : right.keywords()) {
                    assertThat(text).containsOnlyOnce("<rdf:li>" + keyword + "</rdf:li>");
                }
                if (labels.containsKey(photo)) {
                    assertThat(text).contains(labels.get(photo), "<rdf:li>otter</rdf:li>");
                }
            }
        }
    }

    private long undone() {
        return photos.stream()
                .filter(photo -> {
                    try {
                        Optional<ScoreStamp> stamp = fields(photo).flatMap(ScoreStamp::of);
                        return stamp.isEmpty() || !stamp.get().sha256().equals(Fixtures.sha256(photo));
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                })
                .count();
    }

    private Optional<ScoreFields> fields(Path photo) throws IOException {
        return new XmpSidecar(root, SidecarName.FULL, null).read(sidecarOf(photo));
    }

    private static Path sidecarOf(Path photo) {
        return photo.resolveSibling(photo.getFileName() + SidecarName.SUFFIX);
    }
}
