package org.loupe.checkpoint;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Writes the tensors of a checkpoint in the Hugging Face layout: one file, or shards and their index. All tensors are declared first; their
 * elements come in pieces, in any order and from any number of threads, and go straight to disk, so that memory does not grow with the model.
 * The configuration files are the caller's. Half-written files remain if it fails: write into a directory that appears only when it is whole.
 */
public final class CheckpointWriter implements AutoCloseable {
    // Elements rounded and written at a time.
    private static final int PIECE_ELEMENTS = 1 << 16;

    private final Path directory;
    private final CheckpointFormat format;
    private final List<OpenShard> shards;
    private final Map<String, Target> targets = new LinkedHashMap<>();

    private record OpenShard(String fileName, ShardFile layout, FileChannel channel, List<TensorInfo> tensors) {}

    private static final class Target {
        final TensorInfo info;
        final OpenShard shard;
        final List<Piece> pieces = new ArrayList<>();

        Target(TensorInfo info, OpenShard shard) {
            this.info = info;
            this.shard = shard;
        }

        synchronized void wrote(Piece piece) {
            pieces.add(piece);
        }
    }

    private record Piece(long first, long count, int crc) {}

    private CheckpointWriter(Path directory, CheckpointFormat format, List<OpenShard> shards) {
        this.directory = directory;
        this.format = format;
        this.shards = shards;
        for (OpenShard shard : shards) {
            for (TensorInfo info : shard.tensors()) {
                if (targets.put(info.name(), new Target(info, shard)) != null) {
                    throw new IllegalArgumentException(info.name() + " is declared twice");
                }
            }
        }
    }

    /**
     * Creates the files.
     *
     * @param directory exists and holds no checkpoint
     * @param shardBytes a new file begins where the tensors of one would take more; a single larger tensor gets a file of its own
     * @param tensors what will be written, of types {@link ElementType#readableAsFloat()}, in the order in which they fill the files
     * @throws IOException if a file exists or cannot be written
     */
    public static CheckpointWriter create(
            Path directory, CheckpointFormat format, long shardBytes, Collection<TensorInfo> tensors)
            throws IOException {
        List<List<TensorInfo>> plan = plan(shardBytes, tensors);
        List<OpenShard> opened = new ArrayList<>();
        try {
            for (int i = 0; i < plan.size(); i++) {
                String fileName = format.shardFile(i + 1, plan.size());
                List<TensorInfo> inside = plan.get(i);
                ShardFile layout = format == CheckpointFormat.SAFETENSORS
                        ? new SafetensorsShard(inside)
                        : new TorchShard(fileName.substring(0, fileName.lastIndexOf('.')), inside);
                FileChannel channel = FileChannel.open(
                        directory.resolve(fileName), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                opened.add(new OpenShard(fileName, layout, channel, inside));
                layout.begin(channel);
            }
            return new CheckpointWriter(directory, format, opened);
        } catch (IOException | RuntimeException e) {
            for (OpenShard shard : opened) {
                shard.channel().close();
            }
            throw e;
        }
    }

    private static List<List<TensorInfo>> plan(long shardBytes, Collection<TensorInfo> tensors) {
        List<List<TensorInfo>> plan = new ArrayList<>();
        long room = 0;
        for (TensorInfo tensor : tensors) {
            if (!tensor.type().readableAsFloat()) {
                throw new IllegalArgumentException(tensor + " is not of floating-point numbers that can be written");
            }
            if (plan.isEmpty() || tensor.bytes() > room) {
                plan.add(new ArrayList<>());
                room = shardBytes;
            }
            plan.get(plan.size() - 1).add(tensor);
            room -= tensor.bytes();
        }
        // The libraries that publish checkpoints sort what is inside a file.
        plan.forEach(shard -> shard.sort(Comparator.comparing(TensorInfo::name)));
        return plan;
    }

    /** @return bytes of all files together */
    public long bytes() {
        return shards.stream().mapToLong(shard -> shard.layout().bytes()).sum();
    }

    /**
     * Writes consecutive elements, rounded to the tensor's type (to nearest, ties to even). Safe for many threads.
     *
     * @param first index of the first element, counted over the whole tensor; every element is written exactly once
     * @param source holds the elements, finite; not kept
     * @param at where in {@code source} the first one stands
     * @param count how many
     * @throws IllegalArgumentException if there is no such tensor or it ends before
     */
    public void write(String name, long first, float[] source, int at, int count) throws IOException {
        Target target = targets.get(name);
        if (target == null || first < 0 || count < 0 || first > target.info.elements() - count) {
            throw new IllegalArgumentException(name + " has no elements " + first + " to " + (first + count));
        }
        ElementType type = target.info.type();
        OpenShard shard = target.shard;
        ByteBuffer bytes = ByteBuffer.allocate(Math.min(count, PIECE_ELEMENTS) * type.bytes())
                .order(ByteOrder.LITTLE_ENDIAN);
        CRC32 crc = new CRC32();
        long position = shard.layout().offset(name) + first * type.bytes();
        for (int done = 0; done < count; done += PIECE_ELEMENTS) {
            int some = Math.min(PIECE_ELEMENTS, count - done);
            bytes.clear();
            FloatBits.put(type, source, at + done, some, bytes);
            bytes.flip();
            if (shard.layout().wantsChecksums()) {
                crc.update(bytes.duplicate());
            }
            int length = bytes.remaining();
            ShardFile.writeFully(shard.channel(), bytes, position);
            position += length;
        }
        target.wrote(new Piece(first, count, (int) crc.getValue()));
    }

    /**
     * Completes the files, writes the index where there are several, and forces everything to disk.
     *
     * @throws IllegalStateException if an element was not written, or written twice
     */
    public void finish() throws IOException {
        Map<String, Integer> checksums = new LinkedHashMap<>();
        targets.forEach((name, target) -> checksums.put(name, joined(target)));
        for (OpenShard shard : shards) {
            shard.layout().finish(shard.channel(), name -> requireNonNull(checksums.get(name)));
            shard.channel().force(true);
            shard.channel().close();
        }
        if (shards.size() > 1) {
            writeIndex();
        }
    }

    private static int joined(Target target) {
        target.pieces.sort(Comparator.comparingLong(Piece::first));
        int crc = 0;
        long next = 0;
        for (Piece piece : target.pieces) {
            if (piece.first() != next) {
                throw new IllegalStateException(
                        target.info.name() + " was not written exactly once near element " + next);
            }
            next += piece.count();
            if (target.shard.layout().wantsChecksums()) {
                crc = Crc32.join(
                        crc, piece.crc(), piece.count() * target.info.type().bytes());
            }
        }
        if (next != target.info.elements()) {
            throw new IllegalStateException(target.info.name() + " was written up to element " + next + " only");
        }
        return crc;
    }

    private void writeIndex() throws IOException {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.putObject("metadata")
                .put(
                        "total_size",
                        targets.values().stream()
                                .mapToLong(target -> target.info.bytes())
                                .sum());
        ObjectNode map = root.putObject("weight_map");
        targets.values().stream()
                .sorted(Comparator.comparing(target -> target.info.name()))
                .forEach(target -> map.put(target.info.name(), target.shard.fileName()));
        Files.writeString(directory.resolve(format.indexFile()), root.toPrettyString() + "\n");
    }

    /** Closes the files; idempotent. */
    @Override
    public void close() throws IOException {
        for (OpenShard shard : shards) {
            shard.channel().close();
        }
    }
}
