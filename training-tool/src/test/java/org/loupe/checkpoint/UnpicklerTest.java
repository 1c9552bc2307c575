package org.loupe.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class UnpicklerTest {
    private static final long SEED = 20261123;

    static Stream<Arguments> hostile() {
        return Stream.of(
                hostile(
                        "posix.system",
                        pickle("\u0080\u0002").global("posix", "system").op("U\u0002id\u0085R.")),
                hostile("os.system", pickle("").global("os", "system").op("(S'id'\ntR.")),
                hostile(
                        "nt.system",
                        pickle("\u0080\u0004")
                                .text("nt")
                                .text("system")
                                .op("\u0093")
                                .text("id")
                                .op("\u0085R.")),
                hostile(
                        "builtins.eval",
                        pickle("(").global("builtins", "eval").text("1+1").op("o.")),
                hostile("subprocess.Popen", pickle("(").text("id").op("isubprocess\nPopen\n.")),
                hostile(
                        "builtins.exec",
                        pickle("\u0080\u0002").global("builtins", "exec").op(")\u0081}b.")),
                hostile(
                        "evil.Class",
                        pickle("\u0080\u0004").text("evil").text("Class").op("\u0093)}\u0092.")),
                hostile(
                        "builtins.getattr, posix.system",
                        pickle("")
                                .global("builtins", "getattr")
                                .global("posix", "system")
                                .op("N\u0086R)R.")),
                hostile(
                        "posix.system",
                        pickle("\u0080\u0002")
                                .global("collections", "OrderedDict")
                                .op(")R(")
                                .text("weight")
                                .global("posix", "system")
                                .text("id")
                                .op("\u0085Ru.")),
                hostile(
                        "posix.system",
                        pickle("\u0080\u0002}(")
                                .text("weight")
                                .global("torch._utils", "_rebuild_tensor_v2")
                                .op("(")
                                .global("posix", "system")
                                .text("id")
                                .op("\u0085RK\u0000))tRu.")),
                hostile(
                        "torch.storage._load_from_bytes",
                        pickle("").global("torch.storage", "_load_from_bytes").op("C\u0000\u0085R.")),
                hostile(
                        "torch.FloatTensor",
                        pickle("").global("torch", "FloatTensor").op(")R.")),
                hostile(
                        "numpy.core.multiarray._reconstruct",
                        pickle("")
                                .global("numpy.core.multiarray", "_reconstruct")
                                .op("0N.")),
                hostile("the extension 7 of its copyreg table", pickle("\u0080\u0002\u0082\u0007)R.")),
                hostile("posix.system", pickle("").global("posix", "system").op("U\u0002id\u0085R and then it breaks")),
                hostile(
                        "posix.?[31msystem",
                        pickle("").global("posix", "\u001b[31msystem").op(".")));
    }

    private static Arguments hostile(String named, PickleBytes pickle) {
        return Arguments.of(named, pickle);
    }

    private static PickleBytes pickle(String start) {
        return new PickleBytes().op(start);
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void refusesWhateverIsNoTensorByItsName(String named, PickleBytes pickle, @TempDir Path directory)
            throws IOException {
        assertThatThrownBy(() -> load(pickle.bytes()))
                .isInstanceOf(Unpickler.RefusedException.class)
                .hasMessageContaining("refused: it asks Python for " + named + ",");
        // The same in an archive, packed or not, in an old file, and in one shard of several.
        Path single = Files.createDirectory(directory.resolve("single"));
        pickle.archive(single.resolve("pytorch_model.bin"), Map.of());
        refused(single, named);
        Path packed = Files.createDirectory(directory.resolve("packed"));
        PickleBytes.archive(packed.resolve("pytorch_model.bin"), ZipEntry.DEFLATED, pickle.bytes(), Map.of());
        refused(packed, named);
        Path old = Files.createDirectory(directory.resolve("old"));
        Files.write(old.resolve("pytorch_model.bin"), pickle.bytes());
        refused(old, named);
        Path shards = Files.createDirectory(directory.resolve("shards"));
        Files.writeString(shards.resolve("pytorch_model.bin.index.json"), "{\"weight_map\":{\"a\":\"one.bin\"}}");
        pickle.archive(shards.resolve("one.bin"), Map.of());
        refused(shards, named);
    }

    private static void refused(Path directory, String named) {
        assertThatThrownBy(() -> Checkpoints.open(directory).close())
                .isInstanceOfSatisfying(
                        ScoringException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.CHECKPOINT_INVALID))
                .hasMessageContaining("refused")
                .hasMessageContaining(named)
                .hasMessageNotContaining("missing");
    }

    @Test
    void readsWhatProtocolsTwoToFiveWriteForSimpleValues() throws IOException {
        Object read = load(new PickleBytes()
                .op("\u0080\u0004\u0095\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000}\u0094(")
                .text("a")
                .op("\u0094K\u0007")
                .text("b")
                .op("M\u0001\u0001")
                .text("c")
                .op("J\u00ff\u00ff\u00ff\u00ff")
                .text("d")
                .op("\u008a\u0002\u0000\u0080")
                .text("e")
                .op("I12\n")
                .text("f")
                .op("h\u0001")
                .op("u.")
                .bytes());
        assertThat(Objects.requireNonNull((Unpickler.Dictionary) read).items)
                .containsEntry("a", 7L)
                .containsEntry("b", 257L)
                .containsEntry("c", -1L)
                .containsEntry("d", -32768L)
                .containsEntry("e", 12L)
                .containsEntry("f", "a");
    }

    @Test
    void refusesLengthsBeyondItsEnd() {
        for (String huge : List.of(
                "X\u00ff\u00ff\u00ff\u007f",
                "B\u00ff\u00ff\u00ff\u00ff",
                "\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f",
                "\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff",
                "\u008b\u00ff\u00ff\u00ff\u007f",
                "C\u0009abc",
                "\u0096\u0000\u0000\u0000\u0000\u0001\u0000\u0000\u0000")) {
            assertThatThrownBy(() -> load(new PickleBytes().op(huge + ".").bytes()))
                    .isInstanceOf(Unpickler.MalformedException.class)
                    .hasMessageMatching(".*(are left|it ends in the middle)");
        }
    }

    @Test
    void neitherNestingNorSharingCostsMoreThanItsBytes() throws IOException {
        PickleBytes nested = new PickleBytes();
        nested.op("]".repeat(200_000)).op("a".repeat(199_999)).op(".");
        assertThat(load(nested.bytes())).isInstanceOf(Unpickler.Sequence.class);
        // Each list holds the one before twice: 2^10000 values to anybody who walks through them.
        PickleBytes laughs = new PickleBytes().op("]q\u0000");
        for (int i = 0; i < 10_000; i++) {
            laughs.op("](h\u0000h\u0000eq\u0000");
        }
        assertThat(load(laughs.op(".").bytes())).isInstanceOf(Unpickler.Sequence.class);
        PickleBytes tuples = new PickleBytes()
                .op(")".repeat(100_000))
                .op("\u0086".repeat(99_999))
                .op(".");
        assertThat(load(tuples.bytes())).isInstanceOf(Unpickler.Tuple.class);
        PickleBytes endless = new PickleBytes().op("N0".repeat(1 << 20)).op("NN.");
        assertThatThrownBy(() -> load(endless.bytes())).hasMessageContaining("instructions");
    }

    @Test
    void changedBytesNeverDoMoreThanBreakIt(@TempDir Path directory) throws IOException {
        TensorInfo a = new TensorInfo("a.weight", ElementType.F16, List.of(3L, 5L));
        TensorInfo b = new TensorInfo("b.bias", ElementType.F16, List.of(7L));
        try (CheckpointWriter writer =
                CheckpointWriter.create(directory, CheckpointFormat.TORCH, 1000, List.of(a, b))) {
            writer.write("a.weight", 0, new float[15], 0, 15);
            writer.write("b.bias", 0, new float[7], 0, 7);
            writer.finish();
        }
        Path file = directory.resolve("pytorch_model.bin");
        byte[] whole = Files.readAllBytes(file);
        byte[] pickle = TorchPickle.stateDictionary(List.of(a, b));
        Random random = new Random(SEED);
        for (int i = 0; i < 3000; i++) {
            byte[] broken = mutated(random, pickle);
            try {
                load(broken);
            } catch (Unpickler.RefusedException | Unpickler.MalformedException expected) {
                assertThat(expected).hasMessageNotContaining("Exception");
            }
            if (i % 3 == 0) {
                Files.write(file, i % 2 == 0 ? mutated(random, whole) : truncated(random, whole));
                try (Checkpoint read = Checkpoints.open(directory)) {
                    for (TensorInfo info : read.tensors().values()) {
                        if (info.type().readableAsFloat() && info.elements() < 1000) {
                            read.read(info.name(), 0, new float[1000], 0, (int) info.elements());
                        }
                    }
                } catch (ScoringException expected) {
                    assertThat(expected.reason()).isEqualTo(ErrorReason.CHECKPOINT_INVALID);
                }
            }
        }
    }

    private static byte[] mutated(Random random, byte[] bytes) {
        byte[] changed = bytes.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(changed.length);
            changed[at] = random.nextBoolean()
                    ? (byte) random.nextInt(256)
                    : (byte) "(.0122cRobtu}]ea\u0081\u0085\u0086\u0087\u0093\u0094XQhqjr".charAt(random.nextInt(28));
        }
        return changed;
    }

    private static byte[] truncated(Random random, byte[] bytes) {
        return Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }

    private static @Nullable Object load(byte[] pickle) throws IOException {
        return new Unpickler(ByteBuffer.wrap(pickle)).load();
    }
}
