package org.loupe.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.ByteVector;
import org.bytedeco.pytorch.GenericDict;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.CheckpointFormat;
import org.loupe.checkpoint.Checkpoints;
import org.loupe.checkpoint.ElementType;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.RandomModel;
import org.loupe.checkpoint.TensorInfo;

/** What we write as PyTorch's files, read by PyTorch itself. */
class TorchArchiveTest {
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void pyTorchReadsTheTensorsWeWrote(ElementType type, @TempDir Path scratch) throws IOException {
        Path directory = scratch.resolve("checkpoint");
        new RandomModel(OneAlignConfig.TINY, CheckpointFormat.TORCH, type, 2_000_000, 1).write(directory, done -> {});
        List<Path> shards;
        try (Stream<Path> files = Files.list(directory)) {
            shards = files.filter(file -> file.toString().endsWith(".bin")).toList();
        }
        assertThat(shards).hasSizeGreaterThan(1);
        int found = 0;
        try (Checkpoint ours = Checkpoints.open(directory)) {
            for (Path shard : shards) {
                try (Checkpoint inside = Checkpoints.openFile(shard);
                        PointerScope scope = new PointerScope()) {
                    GenericDict theirs = torch.pickle_load(new ByteVector(Files.readAllBytes(shard)))
                            .toGenericDict();
                    assertThat(theirs.size()).isEqualTo(inside.tensors().size());
                    for (Map.Entry<String, TensorInfo> tensor : inside.tensors().entrySet()) {
                        Tensor value = theirs.at(new IValue(tensor.getKey())).toTensor();
                        assertThat(value.sizes().vec().get())
                                .containsExactly(tensor.getValue().shape().stream()
                                        .mapToLong(Long::longValue)
                                        .toArray());
                        FloatBuffer numbers = value.to(torch.ScalarType.Float).createBuffer();
                        float[] expected = new float[(int) tensor.getValue().elements()];
                        ours.read(tensor.getKey(), 0, expected, 0, expected.length);
                        assertThat(numbers).isEqualTo(FloatBuffer.wrap(expected));
                        found++;
                    }
                    assertThat(scope).isNotNull();
                }
            }
            assertThat(found).isEqualTo(ours.tensors().size());
        }
    }
}
