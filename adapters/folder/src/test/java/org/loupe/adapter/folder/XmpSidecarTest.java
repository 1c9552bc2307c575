package org.loupe.adapter.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.loupe.adapter.folder.Fixtures.filesIn;
import static org.loupe.adapter.folder.Fixtures.scores;
import static org.loupe.adapter.folder.Fixtures.xmp;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class XmpSidecarTest {
    private final Path temporary;
    private final Path root;
    private final Path photo;

    XmpSidecarTest(@TempDir Path temporary) throws IOException {
        this.temporary = temporary;
        root = Files.createDirectory(temporary.toRealPath().resolve("root"));
        photo = Files.writeString(root.resolve("photo.jpg"), "pixels");
    }

    @Test
    void writesOneSidecarAndNothingElse() throws IOException {
        Path sidecar = sidecars().write(photo, scores(4.25, 2.75));
        assertThat(filesIn(root)).containsExactly(photo, sidecar);
        assertThat(sidecars().read(sidecar)).contains(scores(4.25, 2.75));
        assertThat(photo).hasContent("pixels");
    }

    @Test
    void leavesAnUnchangedSidecarUntouched() throws IOException {
        Path sidecar = sidecars().write(photo, scores(4.25, 2.75));
        Object inode = Files.getAttribute(sidecar, "unix:ino");
        sidecars().write(photo, scores(4.25, 2.75));
        assertThat(Files.getAttribute(sidecar, "unix:ino")).isEqualTo(inode);
    }

    @Test
    void keepsTheMode() throws IOException {
        Path sidecar = Files.writeString(root.resolve("photo.jpg.xmp"), xmp("<xmp:Label>Red</xmp:Label>"));
        Files.setPosixFilePermissions(sidecar, PosixFilePermissions.fromString("rw-rw-r--"));
        sidecars().write(photo, scores(4.25, 2.75));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(sidecar)))
                .isEqualTo("rw-rw-r--");
    }

    @Test
    void neverOverwritesASidecarItCannotRead() throws IOException {
        Path sidecar = Files.writeString(root.resolve("photo.jpg.xmp"), "<x:xmpmeta half a file");
        assertThatThrownBy(() -> sidecars().write(photo, scores(4.25, 2.75)))
                .isInstanceOf(SidecarException.class)
                .hasMessageContaining("photo.jpg.xmp was left alone");
        assertThat(sidecar).hasContent("<x:xmpmeta half a file");
        assertThat(filesIn(root)).containsExactly(photo, sidecar);
    }

    @Test
    void refusesASidecarThatIsALinkOutOfTheFolder() throws IOException {
        Path outside = Files.writeString(temporary.resolve("other.xmp"), xmp(""));
        Files.createSymbolicLink(root.resolve("photo.jpg.xmp"), outside);
        assertThatThrownBy(() -> sidecars().write(photo, scores(4.25, 2.75)))
                .isInstanceOf(SidecarException.class)
                .hasMessageContaining("outside");
        assertThat(outside).hasContent(xmp(""));
    }

    @Test
    void refusesADirectoryThatIsALinkOutOfTheFolder() throws IOException {
        Path outside = Files.createDirectory(temporary.resolve("outside"));
        Files.createSymbolicLink(root.resolve("album"), outside);
        assertThatThrownBy(() -> sidecars().write(root.resolve("album/photo.jpg"), scores(4.25, 2.75)))
                .isInstanceOf(SidecarException.class);
        assertThat(filesIn(outside)).isEmpty();
    }

    @Test
    void refusesALinkToNothing() throws IOException {
        Files.createSymbolicLink(root.resolve("photo.jpg.xmp"), root.resolve("gone.xmp"));
        assertThatThrownBy(() -> sidecars().write(photo, scores(4.25, 2.75))).isInstanceOf(SidecarException.class);
        assertThat(root.resolve("gone.xmp")).doesNotExist();
    }

    @Test
    void replacesTheFileBehindALinkInsideTheFolderAndKeepsTheLink() throws IOException {
        Path real = Files.writeString(root.resolve("real.xmp"), xmp("<xmp:Label>Red</xmp:Label>"));
        Path link = Files.createSymbolicLink(root.resolve("photo.jpg.xmp"), real);
        sidecars().write(photo, scores(4.25, 2.75));
        assertThat(link).isSymbolicLink();
        assertThat(sidecars().read(real)).contains(scores(4.25, 2.75));
    }

    @Test
    void showsAReaderOnlyWholeFiles() throws Exception {
        Path sidecar = sidecars().write(photo, scores(4.25, 2.75));
        AtomicBoolean done = new AtomicBoolean();
        CountDownLatch reading = new CountDownLatch(1);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> reads = thread.submit(() -> {
                int count = 0;
                while (!done.get()) {
                    assertThat(sidecars().read(sidecar)).isPresent();
                    count++;
                    reading.countDown();
                }
                return count;
            });
            reading.await();
            for (int i = 0; i < 100; i++) {
                sidecars().write(photo, scores(1 + i / 25.0, 2.75));
            }
            done.set(true);
            assertThat(reads.get()).isPositive();
        } finally {
            done.set(true);
            thread.shutdownNow();
        }
    }

    @Test
    void losesNoScoreWhenManyThreadsWriteOneSidecar() throws Exception {
        XmpSidecar shared = sidecars();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Path>> writes = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int n = i;
                writes.add(threads.submit(() -> shared.write(photo, scores(1 + n / 10.0, 2.75))));
            }
            for (Future<Path> write : writes) {
                write.get();
            }
        } finally {
            threads.shutdownNow();
        }
        Path sidecar = root.resolve("photo.jpg.xmp");
        assertThat(sidecars().read(sidecar)).isPresent();
        assertThat(filesIn(root)).containsExactly(photo, sidecar);
    }

    @Test
    void mergesAgainWhenItsUnfinishedFileIsTakenAwayOnce() throws Exception {
        Path sidecar = sidecars().write(photo, scores(1, 2.75));
        CountDownLatch taken = new CountDownLatch(1);
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> other = thread.submit(() -> {
                while (!done.get()) {
                    try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(root, XmpSidecar::isTemporary)) {
                        for (Path file : unfinished) {
                            if (taken.getCount() > 0 && Files.deleteIfExists(file)) {
                                taken.countDown();
                            }
                        }
                    }
                }
                return null;
            });
            for (int i = 1; taken.getCount() > 0; i++) {
                sidecars().write(photo, scores(1 + i % 400 / 100.0, 2.75));
            }
            done.set(true);
            other.get();
        } finally {
            done.set(true);
            thread.shutdownNow();
        }
        assertThat(sidecars().read(sidecar)).isPresent();
    }

    @Test
    void removesTheUnfinishedFilesOfOtherProcessesOnly() throws Exception {
        Path dead = Files.createFile(root.resolve(".loupe-tmp-0123456789abcdef-1"));
        XmpSidecar.removeLeftOver(dead);
        assertThat(dead).doesNotExist();
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> other = thread.submit(() -> {
                int met = 0;
                while (!done.get()) {
                    try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(root, XmpSidecar::isTemporary)) {
                        for (Path file : unfinished) {
                            XmpSidecar.removeLeftOver(file);
                            met++;
                        }
                    }
                }
                return met;
            });
            for (int i = 0; i < 50; i++) {
                sidecars().write(photo, scores(1 + i / 100.0, 2.75));
            }
            done.set(true);
            assertThat(other.get()).as("unfinished files met").isPositive();
        } finally {
            done.set(true);
            thread.shutdownNow();
        }
    }

    @Test
    void tellsWhenTheFolderIsGone() {
        assertThatThrownBy(() -> sidecars().write(root.resolve("gone/photo.jpg"), scores(4, 3)))
                .isInstanceOf(NoSuchFileException.class);
    }

    private XmpSidecar sidecars() {
        return new XmpSidecar(root, SidecarName.FULL, null);
    }
}
