package org.loupe.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {
    private static final TensorInfo MATRIX = new TensorInfo("a.weight", ElementType.F32, List.of(3L, 5L));
    private static final TensorInfo VECTOR = new TensorInfo("b.bias", ElementType.BF16, List.of(7L));

    @Test
    void whatIsWrittenInPiecesIsReadBackAsOne(@TempDir Path scratch) throws IOException {
        float[] matrix = random(15);
        float[] vector = random(7);
        try (CheckpointWriter writer =
                CheckpointWriter.create(scratch, CheckpointFormat.SAFETENSORS, 100, List.of(MATRIX, VECTOR))) {
            writer.write("a.weight", 9, matrix, 9, 6);
            writer.write("b.bias", 0, vector, 0, 7);
            writer.write("a.weight", 0, matrix, 0, 9);
            writer.finish();
        }
        try (Checkpoint read = Checkpoints.open(scratch)) {
            assertThat(read.tensors()).containsOnlyKeys("a.weight", "b.bias");
            float[] back = new float[15];
            read.read("a.weight", 0, back, 0, 15);
            assertThat(back).containsExactly(matrix);
            read.read("b.bias", 0, back, 0, 7);
            for (int i = 0; i < 7; i++) {
                assertThat(back[i]).isCloseTo(vector[i], Percentage.withPercentage(0.4));
            }
        }
    }

    @Test
    void refusesToFinishWhileAnElementIsMissingOrWrittenTwice(@TempDir Path scratch) throws IOException {
        for (int gap : new int[] {-1, 1}) {
            Path directory = Files.createDirectory(scratch.resolve("gap" + gap));
            try (CheckpointWriter writer =
                    CheckpointWriter.create(directory, CheckpointFormat.TORCH, 100, List.of(VECTOR))) {
                writer.write("b.bias", 0, random(7), 0, 3);
                writer.write("b.bias", 3 + gap, random(7), 0, 4 - gap);
                assertThatThrownBy(writer::finish)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("b.bias was not written exactly once");
            }
        }
    }

    @Test
    void beginsANewFileWhereOneWouldGrowTooLarge(@TempDir Path scratch) throws IOException {
        try (CheckpointWriter writer =
                CheckpointWriter.create(scratch, CheckpointFormat.TORCH, 60, List.of(MATRIX, VECTOR))) {
            writer.write("a.weight", 0, random(15), 0, 15);
            writer.write("b.bias", 0, random(7), 0, 7);
            writer.finish();
        }
        assertThat(Files.readString(scratch.resolve("pytorch_model.bin.index.json")))
                .contains(
                        "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin", "\"total_size\" : 74");
    }

    @Test
    void torchArchivesHoldTheirChecksumsAndAlignedNumbers(@TempDir Path scratch) throws IOException {
        float[] matrix = random(15);
        try (CheckpointWriter writer =
                CheckpointWriter.create(scratch, CheckpointFormat.TORCH, 1000, List.of(MATRIX, VECTOR))) {
            writer.write("a.weight", 7, matrix, 7, 8);
            writer.write("b.bias", 0, random(7), 0, 7);
            writer.write("a.weight", 0, matrix, 0, 7);
            writer.finish();
        }
        Map<String, Integer> sizes = new TreeMap<>();
        try (ZipFile zip = new ZipFile(scratch.resolve("pytorch_model.bin").toFile())) {
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
                ZipEntry entry = all.nextElement();
                assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
                byte[] content = zip.getInputStream(entry).readAllBytes();
                CRC32 crc = new CRC32();
                crc.update(content);
                assertThat(crc.getValue()).as(entry.getName()).isEqualTo(entry.getCrc());
                sizes.put(entry.getName(), content.length);
            }
        }
        assertThat(sizes)
                .containsEntry("pytorch_model/data/0", 60)
                .containsEntry("pytorch_model/data/1", 14)
                .containsKeys("pytorch_model/data.pkl", "pytorch_model/byteorder", "pytorch_model/version");
        byte[] file = Files.readAllBytes(scratch.resolve("pytorch_model.bin"));
        ByteBuffer numbers = ByteBuffer.allocate(60).order(ByteOrder.LITTLE_ENDIAN);
        for (float element : matrix) {
            numbers.putFloat(element);
        }
        int at = indexOf(file, numbers.array());
        assertThat(at).isPositive();
        assertThat(at % 64).isZero();
    }

    @Test
    void joinsChecksumsOfAnyTwoPieces() {
        byte[] bytes = new byte[100_000];
        new Random(5).nextBytes(bytes);
        for (int cut : new int[] {0, 1, 7, 64, 50_001, 100_000}) {
            assertThat(Crc32.join(crc(bytes, 0, cut), crc(bytes, cut, bytes.length - cut), bytes.length - cut))
                    .isEqualTo(crc(bytes, 0, bytes.length));
        }
    }

    @Test
    void roundsToTheNearestHalf() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float exact = FloatBits.halfToFloat((short) bits);
            if (Float.isFinite(exact)) {
                assertThat(FloatBits.toHalf(exact)).isEqualTo((short) bits);
            }
        }
        assertThat(FloatBits.toHalf(1 + 0x1p-11f)).isEqualTo(FloatBits.toHalf(1));
        assertThat(FloatBits.toHalf(1 + 0x3p-11f)).isEqualTo(FloatBits.toHalf(1 + 0x1p-9f));
        assertThat(FloatBits.toHalf(65520)).isEqualTo((short) 0x7c00);
        assertThat(FloatBits.toHalf(0x1p-25f)).isZero();
        assertThat(FloatBits.toBfloat16(1 + 0x1p-8f)).isEqualTo((short) 0x3f80);
        assertThat(FloatBits.toBfloat16(1 + 0x3p-8f)).isEqualTo((short) 0x3f82);
    }

    private static int crc(byte[] bytes, int from, int count) {
        CRC32 crc = new CRC32();
        crc.update(bytes, from, count);
        return (int) crc.getValue();
    }

    private static int indexOf(byte[] where, byte[] what) {
        for (int i = 0; i + what.length <= where.length; i++) {
            if (Arrays.equals(where, i, i + what.length, what, 0, what.length)) {
                return i;
            }
        }
        return -1;
    }

    private static float[] random(int count) {
        Random random = new Random(count);
        float[] elements = new float[count];
        for (int i = 0; i < count; i++) {
            elements[i] = random.nextFloat() + 0.5f;
        }
        return elements;
    }
}
