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
import org.junit.jupiter.params.provider.EnumSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class TorchFileTest {
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void readsWhatSafetensorsHold(ElementType type, @TempDir Path scratch) throws IOException {
        List<TensorInfo> tensors = List.of(
                new TensorInfo("scalar", type, List.of()),
                new TensorInfo("vector", type, List.of(300L)),
                new TensorInfo("four", type, List.of(2L, 3L, 5L, 7L)),
                new TensorInfo("matrix", type, List.of(1000L, 70L)));
        for (CheckpointFormat format : CheckpointFormat.values()) {
            Files.createDirectory(scratch.resolve(format.id()));
            try (CheckpointWriter writer =
                    CheckpointWriter.create(scratch.resolve(format.id()), format, 2000, tensors)) {
                for (TensorInfo tensor : tensors) {
                    Random random = new Random(tensor.elements());
                    float[] elements = new float[(int) tensor.elements()];
                    for (int i = 0; i < elements.length; i++) {
                        elements[i] = (float) random.nextGaussian();
                    }
                    writer.write(tensor.name(), 0, elements, 0, elements.length);
                }
                writer.finish();
            }
        }
        try (Checkpoint torch = Checkpoints.open(scratch.resolve("torch"));
                Checkpoint safe = Checkpoints.open(scratch.resolve("safetensors"))) {
            assertThat(torch.tensors()).isEqualTo(safe.tensors());
            for (TensorInfo tensor : tensors) {
                float[] expected = new float[(int) tensor.elements()];
                safe.read(tensor.name(), 0, expected, 0, expected.length);
                float[] found = new float[expected.length];
                torch.read(tensor.name(), 0, found, 0, found.length);
                assertThat(found).containsExactly(expected);
            }
            float[] some = new float[3];
            torch.read("matrix", 69_997, some, 0, 3);
            float[] same = new float[3];
            safe.read("matrix", 69_997, same, 0, 3);
            assertThat(some).containsExactly(same);
        }
    }

    @Test
    void takesSafetensorsWhereBothAreThere(@TempDir Path directory) throws IOException {
        new SafetensorsBytes().add("a", "F32", new long[] {1}, 1).write(directory.resolve("model.safetensors"));
        Files.writeString(directory.resolve("pytorch_model.bin"), "cposix\nsystem\n.");
        try (Checkpoint read = Checkpoints.open(directory)) {
            assertThat(read.tensors()).containsOnlyKeys("a");
        }
    }

    @Test
    void followsOffsetsAndStridesIntoSharedStorages(@TempDir Path directory) throws IOException {
        archive(
                directory,
                12,
                "part",
                view(4, "K\u0004K\u0001", "K\u0001K\u0001"),
                "turned",
                view(0, "K\u0004K\u0003", "K\u0001K\u0004"),
                "column",
                view(3, "K\u0003", "K\u0004"),
                "same",
                view(7, "K\u0003", "K\u0000"));
        try (Checkpoint read = Checkpoints.open(directory)) {
            assertThat(read(read, "part")).containsExactly(4, 5, 6, 7);
            assertThat(read(read, "turned")).containsExactly(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
            assertThat(read(read, "column")).containsExactly(3, 7, 11);
            assertThat(read(read, "same")).containsExactly(7, 7, 7);
            float[] piece = new float[4];
            read.read("turned", 5, piece, 0, 4);
            assertThat(piece).containsExactly(9, 2, 6, 10);
        }
    }

    @Test
    void refusesViewsBeyondTheirStorage(@TempDir Path directory) throws IOException {
        archive(directory, 12, "a", view(9, "K\u0004", "K\u0001"));
        refused(directory, "a looks beyond its storage of 12 elements");
        archive(directory, 12, "a", view(0, "K\u0004K\u0004", "K\u0004K\u0001"));
        refused(directory, "a looks beyond its storage of 12 elements");
        String huge = "\u008a\u0008\u0000\u0000\u0000\u0000\u0000\u0000\u0000p";
        archive(directory, 12, "a", view(0, huge + huge, "K\u0000K\u0000"));
        refused(directory, "a has the impossible shape");
        archive(directory, 11, "a", view(0, "K\u0004", "K\u0001"));
        refused(directory, "holds 44 bytes for a, whose 12 elements take 48");
    }

    @Test
    void saysWhatToDoWithTheOldFormatAndWithTornFiles(@TempDir Path directory) throws IOException {
        // Magic number, protocol, system, then the tensors: how files began before PyTorch 1.6.
        Files.write(
                directory.resolve("pytorch_model.bin"),
                new PickleBytes()
                        .op("\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.")
                        .op("\u0080\u0002M\u00e9\u0003.")
                        .bytes());
        refused(directory, "old format of torch.save");
        Files.write(directory.resolve("pytorch_model.bin"), new byte[100]);
        refused(directory, "is no file of torch.save");
        archive(directory, 12, "a", view(0, "K\u0004", "K\u0001"));
        byte[] whole = Files.readAllBytes(directory.resolve("pytorch_model.bin"));
        Files.write(directory.resolve("pytorch_model.bin"), Arrays.copyOf(whole, whole.length - 30));
        refused(directory, "is the file complete?");
    }

    @Test
    void saysWhatADictionaryHoldsThatIsNoTensor(@TempDir Path directory) throws IOException {
        new PickleBytes()
                .op("}(")
                .text("epoch")
                .op("K\u0003u.")
                .archive(directory.resolve("pytorch_model.bin"), Map.of());
        refused(directory, "holds epoch, which is no tensor: save the state_dict alone");
    }

    /** Opcodes of a tensor over the one storage. */
    private static String view(int offset, String shape, String strides) {
        return new String(
                        new PickleBytes()
                                .global("torch._utils", "_rebuild_tensor_v2")
                                .op("((")
                                .text("storage")
                                .global("torch", "FloatStorage")
                                .text("0")
                                .text("cpu")
                                .op("K\u000ctQ")
                                .bytes(),
                        StandardCharsets.ISO_8859_1)
                + "K" + (char) offset + "(" + shape + "t(" + strides + "t\u0089N"
                + "tR";
    }

    /** The numbers 0, 1, 2 ... in one storage, and views of it. */
    private static void archive(Path directory, int elements, String... namesAndViews) throws IOException {
        PickleBytes pickle = new PickleBytes()
                .op("\u0080\u0002")
                .global("collections", "OrderedDict")
                .op(")R(");
        for (int i = 0; i < namesAndViews.length; i += 2) {
            pickle.text(namesAndViews[i]).op(namesAndViews[i + 1]);
        }
        ByteBuffer storage = ByteBuffer.allocate(4 * elements).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < elements; i++) {
            storage.putFloat(i);
        }
        // a module's own attribute, as state dictionaries carry it
        pickle.op("u}").text("_metadata").op("}s").op("b.");
        pickle.archive(directory.resolve("pytorch_model.bin"), Map.of("0", storage.array()));
    }

    private static float[] read(Checkpoint checkpoint, String name) throws IOException {
        TensorInfo info = checkpoint.tensors().get(name);
        float[] elements = new float[(int) Objects.requireNonNull(info).elements()];
        checkpoint.read(name, 0, elements, 0, elements.length);
        return elements;
    }

    private static void refused(Path directory, String message) {
        assertThatThrownBy(() -> Checkpoints.open(directory).close())
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.CHECKPOINT_INVALID))
                .hasMessageContaining(message);
    }
}
