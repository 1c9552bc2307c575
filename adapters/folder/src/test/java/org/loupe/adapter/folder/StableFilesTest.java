package org.loupe.adapter.folder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.testkit.Await;

class StableFilesTest {
    private final Path outside;
    private final Path root;
    private final Seen seen = new Seen();

    StableFilesTest(@TempDir Path temporary) throws IOException {
        outside = temporary.toRealPath();
        root = Files.createDirectory(outside.resolve("root"));
    }

    @Test
    void findsFilesInEveryFolderThatIsNotHidden() throws Exception {
        make("a.jpg", "album/b.png", "album/deep/c.mp4", ".thumbnails/d.jpg", "@eaDir/e.jpg", "state/f.jpg");
        sweep();
        assertThat(seen.names(root)).containsExactly("a.jpg", "album/b.png", "album/deep/c.mp4");
    }

    @Test
    void passesSidecarsTemporaryAndHiddenFilesBy() throws Exception {
        make("a.jpg", "a.jpg.xmp", "b.XMP", "c.jpg.part", "d.jpg.tmp", "e.jpg~", "._a.jpg", ".DS_Store");
        sweep();
        assertThat(seen.names(root)).containsExactly("a.jpg");
    }

    @Test
    void reportsWhatAKilledRunLeftBehind() throws Exception {
        make("a.jpg", ".loupe-tmp-0123-4567");
        sweep();
        assertThat(seen.leftOver).containsExactly(root.resolve(".loupe-tmp-0123-4567"));
    }

    @Test
    void followsNoLinkAndNamesThoseThatLeaveTheFolder() throws Exception {
        Path other = Files.createDirectory(outside.resolve("other"));
        Files.createFile(other.resolve("x.jpg"));
        make("a.jpg", "album/b.jpg");
        Files.createSymbolicLink(root.resolve("album/loop"), root);
        Files.createSymbolicLink(root.resolve("same.jpg"), root.resolve("a.jpg"));
        Files.createSymbolicLink(root.resolve("away"), other);
        Files.createSymbolicLink(root.resolve("away.jpg"), other.resolve("x.jpg"));
        Files.createSymbolicLink(root.resolve("nothing.jpg"), root.resolve("gone.jpg"));
        sweep();
        assertThat(seen.names(root)).containsExactly("a.jpg", "album/b.jpg");
        assertThat(seen.refused)
                .containsOnlyKeys(root.resolve("away"), root.resolve("away.jpg"), root.resolve("nothing.jpg"));
    }

    @Test
    void waitsForAFileThatIsStillBeingWritten() throws Exception {
        make("a.jpg");
        Files.setLastModifiedTime(
                root.resolve("a.jpg"), FileTime.from(Instant.now().plusSeconds(3600)));
        try (StableFiles files = files(Duration.ofMillis(50), Duration.ofHours(1))) {
            files.sweepOnce();
            assertThat(seen.names(root)).containsExactly("a.jpg");
        }
    }

    @Test
    void noticesFilesAsTheyComeAlsoInFoldersThatAreNew() throws Exception {
        make("old.jpg");
        try (StableFiles files = files(Duration.ofMillis(20), Duration.ofDays(1))) {
            files.start();
            Await.until("the first sweep", () -> seen.sweeps.contains("end"));
            make("new.jpg");
            Path moved = Files.createDirectories(outside.resolve("moved/deep"));
            Files.createFile(moved.resolve("x.jpg"));
            Files.move(moved.getParent(), root.resolve("moved"));
            Files.createDirectories(root.resolve("one/two"));
            Await.until("notice", () -> seen.names(root).containsAll(Set.of("old.jpg", "new.jpg", "moved/deep/x.jpg")));
            make("one/two/late.jpg");
            Await.until("notice in the new folder", () -> seen.names(root).contains("one/two/late.jpg"));
        }
    }

    @Test
    void sweepsAgainForWhatNoNotificationTold() throws Exception {
        make("a.jpg");
        try (StableFiles files = files(Duration.ZERO, Duration.ofMillis(20))) {
            files.start();
            Await.until("the first sweep", () -> seen.times("a.jpg") == 1);
            Await.until("another sweep", () -> seen.times("a.jpg") >= 3);
        }
    }

    @Test
    void saysWhenTheFolderHasGoneAndComesBackWithIt() throws Exception {
        make("a.jpg");
        try (StableFiles files = files(Duration.ZERO, Duration.ofMillis(20))) {
            files.start();
            Await.until("the first sweep", () -> seen.times("a.jpg") >= 1);
            Files.move(root, outside.resolve("unmounted"));
            Await.until("the loss", () -> seen.refused.containsKey(root));
            Files.move(outside.resolve("unmounted"), root);
            make("b.jpg");
            Await.until("the return", () -> seen.times("b.jpg") >= 1);
        }
    }

    private void sweep() throws Exception {
        try (StableFiles files = files(Duration.ZERO, Duration.ofHours(1))) {
            files.sweepOnce();
        }
    }

    private StableFiles files(Duration quietPeriod, Duration sweepEvery) {
        return new StableFiles(root, path -> path.endsWith("state"), quietPeriod, sweepEvery, Clock.systemUTC(), seen);
    }

    private void make(String... names) throws IOException {
        for (String name : names) {
            Path file = root.resolve(name);
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
    }

    private static final class Seen implements StableFiles.Listener {
        private final Map<Path, Integer> stable = new ConcurrentSkipListMap<>();
        private final Map<Path, String> refused = new ConcurrentHashMap<>();
        private final Set<Path> leftOver = new ConcurrentSkipListSet<>();
        private final Set<String> sweeps = ConcurrentHashMap.newKeySet();

        Set<String> names(Path root) {
            Set<String> names = new java.util.TreeSet<>();
            stable.keySet().forEach(file -> names.add(root.relativize(file).toString()));
            return names;
        }

        int times(String name) {
            return stable.entrySet().stream()
                    .filter(entry -> entry.getKey().endsWith(name))
                    .mapToInt(Map.Entry::getValue)
                    .sum();
        }

        @Override
        public void stable(Path file) {
            stable.merge(file, 1, Integer::sum);
        }

        @Override
        public void refused(Path path, String why) {
            refused.put(path, why);
        }

        @Override
        public void leftOver(Path file) {
            leftOver.add(file);
        }

        @Override
        public void sweepEnds() {
            sweeps.add("end");
        }
    }
}
