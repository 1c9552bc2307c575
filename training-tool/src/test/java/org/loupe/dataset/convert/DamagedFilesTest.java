package org.loupe.dataset.convert;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Label files with a few bytes changed are read or refused, never anything else. */
class DamagedFilesTest {
    private static final int ROUNDS = 300;
    private static final List<String> MATLAB =
            List.of("AllImages_release.mat", "AllMOS_release.mat", "AllStdDev_release.mat");

    private final Path dir;

    DamagedFilesTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void damagedMatlabFiles() throws IOException {
        for (String name : List.of("3.bmp", "10.JPG")) {
            Files.write(dir.resolve(name), new byte[1]);
        }
        byte[][] sound = new byte[MATLAB.size()][];
        for (int i = 0; i < sound.length; i++) {
            try (InputStream in = Objects.requireNonNull(
                    DamagedFilesTest.class.getResourceAsStream("/live-challenge/" + MATLAB.get(i)))) {
                sound[i] = in.readAllBytes();
                Files.write(dir.resolve(MATLAB.get(i)), sound[i]);
            }
        }
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            int which = round % sound.length;
            Path file = dir.resolve(MATLAB.get(which));
            Files.write(file, damaged(sound[which], round));
            refused += refuses(new LiveChallengeSet(), round) ? 1 : 0;
            Files.write(file, sound[which]);
        }
        assertThat(refused).isPositive();
    }

    @Test
    void damagedWorkbooks() throws IOException {
        Files.write(dir.resolve("00001.jpg"), new byte[1]);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setLevel(0); // so that damage reaches the XML
            zip.putNextEntry(new ZipEntry("xl/sharedStrings.xml"));
            zip.write("<sst><si><t>Image name</t></si><si><t>MOS</t></si><si><t>00001.jpg</t></si></sst>"
                    .getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry("xl/worksheets/sheet1.xml"));
            zip.write(
                    ("<worksheet><sheetData><row><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>"
                                    + "<row><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\"><v>50</v></c></row></sheetData></worksheet>")
                            .getBytes(StandardCharsets.UTF_8));
        }
        byte[] sound = bytes.toByteArray();
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Files.write(dir.resolve("MOS and Image attribute scores.xlsx"), damaged(sound, round));
            refused += refuses(new SpaqSet(), round) ? 1 : 0;
        }
        assertThat(refused).isPositive();
    }

    private boolean refuses(PublishedSet set, int round) {
        try {
            set.read(dir);
            return false;
        } catch (ScoringException e) {
            assertThat(e.reason())
                    .as("round %d: %s", round, e)
                    .isIn(ErrorReason.INVALID_REQUEST, ErrorReason.IO_FAILED);
            return true;
        } catch (RuntimeException | OutOfMemoryError e) {
            throw new AssertionError("round " + round, e);
        }
    }

    private static byte[] damaged(byte[] sound, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] bytes = sound.clone();
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
