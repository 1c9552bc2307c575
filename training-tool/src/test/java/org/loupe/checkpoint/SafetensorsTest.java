package org.loupe.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class SafetensorsTest {
    private static final long[] PAIR = {2};

    @Test
    void readsEveryFloatingPointTypeAsFloat(@TempDir Path directory) throws IOException {
        new SafetensorsBytes()
                .add("single", "F32", PAIR, 1.5f, -3e-39f)
                .add("half", "F16", PAIR, 1.5f, -65504)
                .add("brain", "BF16", PAIR, 1.5f, -0x1p100f)
                .write(directory.resolve("model.safetensors"));
        try (Checkpoint tensors = Checkpoints.open(directory)) {
            assertThat(read(tensors, "single")).containsExactly(1.5f, -3e-39f);
            assertThat(read(tensors, "half")).containsExactly(1.5f, -65504);
            assertThat(read(tensors, "brain")).containsExactly(1.5f, -0x1p100f);
            assertThat(tensors.tensors().get("half")).isEqualTo(new TensorInfo("half", ElementType.F16, List.of(2L)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0x0000, 0x0p0",
        "0x8000, -0x0p0",
        "0x0001, 0x1p-24",
        "0x83ff, -0x3ffp-24",
        "0x0400, 0x1p-14",
        "0x3c01, 0x401p-10",
        "0x7bff, 65504",
        "0x7c00, Infinity",
        "0xfc00, -Infinity",
        "0x7e00, NaN"
    })
    void widensHalfPrecisionExactly(String half, String expected) {
        float found = FloatBits.halfToFloat((short) (int) Integer.decode(half));
        assertThat(Float.floatToIntBits(found)).isEqualTo(Float.floatToIntBits(Float.parseFloat(expected)));
    }

    @Test
    void readsPiecesFromAnyPlace(@TempDir Path directory) throws IOException {
        float[] many = new float[200_000];
        for (int i = 0; i < many.length; i++) {
            many[i] = i;
        }
        new SafetensorsBytes()
                .add("first", "F32", PAIR, 7, 8)
                .add("many", "F32", new long[] {400, 500}, many)
                .write(directory.resolve("model.safetensors"));
        try (Checkpoint tensors = Checkpoints.open(directory)) {
            float[] target = new float[150_002];
            tensors.read("many", 40_000, target, 1, 150_000);
            assertThat(target[0]).isZero();
            assertThat(target[1]).isEqualTo(40_000);
            assertThat(target[150_000]).isEqualTo(189_999);
            assertThat(target[150_001]).isZero();
            assertThatThrownBy(() -> tensors.read("many", 199_999, target, 0, 2))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void readsShardsByTheirIndex(@TempDir Path directory) throws IOException {
        new SafetensorsBytes().add("a", "F32", PAIR, 1, 2).write(directory.resolve("model-00001-of-00002.safetensors"));
        new SafetensorsBytes().add("b", "F32", PAIR, 3, 4).write(directory.resolve("model-00002-of-00002.safetensors"));
        index(directory, "{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\"}");
        try (Checkpoint tensors = Checkpoints.open(directory)) {
            assertThat(read(tensors, "a")).containsExactly(1, 2);
            assertThat(read(tensors, "b")).containsExactly(3, 4);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 100_000_001, 100})
    void refusesAHeaderLengthThatCannotBe(long length, @TempDir Path directory) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        Files.write(directory.resolve("model.safetensors"), file.array());
        refused(directory, "states a header of " + Long.toUnsignedString(length) + " bytes in a file of 32 bytes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|has a header that is no JSON object",
                "{{|has a header that is no JSON object",
                "{} x|has a header that is no JSON object",
                "{'a':1}|a is of type",
                "{'a':{'dtype':'F8_E4M3','shape':[8],'data_offsets':[0,8]}}|a is of type \"F8_E4M3\"",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}|Duplicate field",
                "{'a':{'dtype':'F32','shape':[2]}}|a needs shape and two data_offsets",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8,9]}}|a needs shape and two data_offsets",
                "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}|a has -2 where a natural number must stand",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0.0,8]}}|a has 0.0 where",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}}|a has -8 where",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}|a lies at 8 to 0, outside",
                "{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}}|a lies at 0 to 16, outside the 8 bytes",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[9223372036854775800,9223372036854775807]}}|outside the 8 bytes",
                "{'a':{'dtype':'F32','shape':[18446744073709551616],'data_offsets':[0,8]}}|natural number must stand",
                "{'a':{'dtype':'F32','shape':[4294967296,4294967296,4],'data_offsets':[0,8]}}|a has the impossible shape",
                "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}|a of shape [3] needs 12 bytes but has 8",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}|has 4 bytes that belong to no tensor",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}|a leaves a gap before it",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}|b overlaps its neighbour"
            })
    void refusesAHeaderThatDoesNotDescribeTheData(String header, String message, @TempDir Path directory)
            throws IOException {
        SafetensorsBytes.write(directory.resolve("model.safetensors"), header.replace('\'', '"'), new byte[8]);
        refused(directory, message);
    }

    @Test
    void refusesATruncatedFile(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("model.safetensors");
        new SafetensorsBytes().add("a", "F32", PAIR, 1, 2).write(file);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            refused(directory, "model.safetensors: ");
        }
    }

    @Test
    void refusesNumbersThatAreNone(@TempDir Path directory) throws IOException {
        new SafetensorsBytes().add("a", "F32", PAIR, 1, Float.NaN).write(directory.resolve("model.safetensors"));
        try (Checkpoint tensors = Checkpoints.open(directory)) {
            assertThatThrownBy(() -> read(tensors, "a"))
                    .isInstanceOf(ScoringException.class)
                    .hasMessageContaining("a holds NaN");
        }
    }

    @Test
    void damagedHeadersAreRefusedOrHarmless(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("model.safetensors");
        new SafetensorsBytes()
                .add("a", "F32", PAIR, 1, 2)
                .add("b", "BF16", new long[] {2, 2}, 1, 2, 3, 4)
                .write(file);
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(5);
        for (int trial = 0; trial < 1000; trial++) {
            byte[] damaged = whole.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            try (Checkpoint tensors = Checkpoints.open(directory)) {
                for (Map.Entry<String, TensorInfo> entry : tensors.tensors().entrySet()) {
                    if (entry.getValue().type().readableAsFloat()) {
                        read(tensors, entry.getKey());
                    }
                }
            } catch (ScoringException e) {
                assertThat(e.reason()).as("trial %s", trial).isEqualTo(ErrorReason.CHECKPOINT_INVALID);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'a':'../other.safetensors'}|which is no shard's name",
                "{'a':'/etc/passwd'}|which is no shard's name",
                "{'a':'.hidden.safetensors'}|which is no shard's name",
                "{'a':7}|which is no shard's name",
                "{}|has no weight_map",
                "{'a':'absent.safetensors'}|names absent.safetensors, which is not there",
                "{'a':'one.safetensors','c':'one.safetensors'}|c should stand in one.safetensors but does not",
                "{'a':'one.safetensors','b':'two.safetensors'}|a stands in two files",
                "{'b':'two.safetensors'}|a is not in the index"
            })
    void refusesAnIndexThatDoesNotFitItsShards(String map, String message, @TempDir Path directory) throws IOException {
        new SafetensorsBytes().add("a", "F32", PAIR, 1, 2).write(directory.resolve("one.safetensors"));
        new SafetensorsBytes()
                .add("a", "F32", PAIR, 1, 2)
                .add("b", "F32", PAIR, 1, 2)
                .write(directory.resolve("two.safetensors"));
        index(directory, map.replace('\'', '"'));
        refused(directory, message);
    }

    @Test
    void saysWhichFilesACheckpointNeeds(@TempDir Path directory) throws IOException {
        refused(directory, "needs model.safetensors or pytorch_model.bin, or shards with model.safetensors.index.json");
        Files.writeString(
                directory.resolve("model.safetensors"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
        refused(directory, "is not the weights but a pointer of Git LFS");
    }

    private static void index(Path directory, String map) throws IOException {
        Files.writeString(
                directory.resolve("model.safetensors.index.json"),
                "{\"metadata\":{},\"weight_map\":" + map + "}",
                StandardCharsets.UTF_8);
    }

    private static void refused(Path directory, String message) {
        assertThatThrownBy(() -> Checkpoints.open(directory).close())
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.CHECKPOINT_INVALID))
                .hasMessageContaining(message);
    }

    private static float[] read(Checkpoint tensors, String name) throws IOException {
        TensorInfo info = tensors.tensors().get(name);
        float[] elements = new float[(int) Objects.requireNonNull(info).elements()];
        tensors.read(name, 0, elements, 0, elements.length);
        return elements;
    }
}
