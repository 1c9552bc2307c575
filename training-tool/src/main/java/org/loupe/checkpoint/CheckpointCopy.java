package org.loupe.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/** Writes tensors that come from anywhere as files of a checkpoint, piece by piece, in their own order. */
public final class CheckpointCopy {
    // 16 MiB at a time: few calls, and the heap stays flat.
    private static final int PIECE = 1 << 22;

    private CheckpointCopy() {}

    /** Reads as {@link Checkpoint#read} does. */
    @FunctionalInterface
    public interface Reading {
        void read(String name, long first, float[] target, int at, int count) throws IOException;
    }

    /** Told how many bytes are written. */
    @FunctionalInterface
    public interface Progress {
        void wrote(long bytes);
    }

    /**
     * All tensors of one checkpoint in the Hugging Face layout, sharded as such files usually are.
     *
     * @param directory exists and holds no checkpoint; the configuration files are the caller's
     * @param progress told after every piece
     */
    public static void toDirectory(Path directory, Collection<TensorInfo> tensors, Reading source, Progress progress)
            throws IOException {
        CheckpointFormat format = CheckpointFormat.SAFETENSORS;
        try (CheckpointWriter writer =
                CheckpointWriter.create(directory, format, format.usualShardBytes(), List.copyOf(tensors))) {
            copy(writer, tensors, source, progress);
        }
    }

    /**
     * One file with any name; the directory around it must hold no checkpoint of that format.
     *
     * @param file does not exist
     */
    public static void toFile(Path file, CheckpointFormat format, Collection<TensorInfo> tensors, Reading source)
            throws IOException {
        Path directory = Files.createTempDirectory(
                Objects.requireNonNull(file.toAbsolutePath().getParent()), ".writing");
        try (CheckpointWriter writer =
                CheckpointWriter.create(directory, format, Long.MAX_VALUE, List.copyOf(tensors))) {
            copy(writer, tensors, source, bytes -> {});
            Files.move(directory.resolve(format.singleFile()), file);
        } finally {
            Files.deleteIfExists(directory.resolve(format.singleFile()));
            Files.deleteIfExists(directory);
        }
    }

    private static void copy(CheckpointWriter writer, Collection<TensorInfo> tensors, Reading source, Progress progress)
            throws IOException {
        long written = 0;
        for (TensorInfo tensor : tensors) {
            float[] piece = new float[(int) Math.min(PIECE, tensor.elements())];
            for (long first = 0; first < tensor.elements(); first += piece.length) {
                int some = (int) Math.min(piece.length, tensor.elements() - first);
                source.read(tensor.name(), first, piece, 0, some);
                writer.write(tensor.name(), first, piece, 0, some);
                written += (long) some * tensor.type().bytes();
                progress.wrote(written);
            }
        }
        writer.finish();
    }
}
