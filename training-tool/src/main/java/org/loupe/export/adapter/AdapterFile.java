package org.loupe.export.adapter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.loupe.export.DataType;
import org.loupe.export.WeightSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * ONNX Runtime's adapter file: a flatbuffer of the schema {@code adapter_schema.fbs} (identifier {@code TORT}, format version 1), a table of
 * parameters, each with name, dimensions, element type and bytes. The layout is known before the first byte is written, so the tensors are
 * streamed: a flatbuffer library would hold all of them, some hundred megabytes, in memory and build the file from its end.
 *
 * <pre>
 *   0  root offset, identifier
 *   8  one description of the tables' fields, shared: both tables have four fields of four bytes
 *  20  the adapter's table, then the vector of parameter tables, the tables, names and dimensions
 *   n  the tensors, each at a multiple of 64 bytes, its length in the four bytes before
 * </pre>
 */
final class AdapterFile {
    /** Kernels read vectors of up to 64 bytes; the format asks for 8. */
    private static final int ALIGNMENT = 64;

    private static final int FIELDS = 4;
    private static final int FIELDS_AT = 8;
    private static final int ADAPTER_AT = FIELDS_AT + Short.BYTES * (2 + FIELDS);
    private static final int TABLE_BYTES = Integer.BYTES * (1 + FIELDS);
    private static final int FORMAT_VERSION = 1;
    /** The runtime's check refuses buffers of 2 GiB and more. */
    private static final long MOST_BYTES = Integer.MAX_VALUE;

    private AdapterFile() {}

    /**
     * One tensor of an adapter.
     *
     * @param name the graph's input
     * @param type of the elements
     * @param dims the shape
     * @param source gives the elements, asked once
     */
    record Tensor(String name, DataType type, List<Long> dims, WeightSource source) {
        Tensor {
            dims = List.copyOf(dims);
        }

        long bytes() {
            long elements = 1;
            for (long dim : dims) {
                elements = Math.multiplyExact(elements, dim);
            }
            return type.bytes(elements);
        }
    }

    /** @return bytes the tensors will take */
    static long dataBytes(List<Tensor> tensors) {
        return tensors.stream().mapToLong(Tensor::bytes).sum();
    }

    /**
     * Writes a new file.
     *
     * @param progress told the bytes of tensors written so far, rising, up to {@link #dataBytes}
     * @throws ScoringException INVALID_REQUEST if the tensors are more than the format holds
     * @throws IOException if a source fails or gives another number of bytes, or the disk is full
     */
    static void write(Path file, List<Tensor> tensors, LongConsumer progress) throws IOException {
        List<Long> places = new ArrayList<>();
        ByteBuffer head = head(tensors, places);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (head.hasRemaining()) {
                channel.write(head);
            }
            long done = 0;
            for (int i = 0; i < tensors.size(); i++) {
                Tensor tensor = tensors.get(i);
                channel.position(places.get(i) - Integer.BYTES);
                channel.write(little(Integer.BYTES).putInt((int) tensor.bytes()).flip());
                Bounded bounded = new Bounded(channel, tensor, done, progress);
                tensor.source().writeTo(bounded);
                bounded.requireWhole();
                done += tensor.bytes();
            }
        }
    }

    /** Everything before the tensors; fills in where each tensor's bytes begin. */
    private static ByteBuffer head(List<Tensor> tensors, List<Long> places) {
        int vectorAt = ADAPTER_AT + TABLE_BYTES;
        int tablesAt = vectorAt + Integer.BYTES * (1 + tensors.size());
        int namesAt = tablesAt + TABLE_BYTES * tensors.size();
        List<Integer> names = new ArrayList<>();
        List<Integer> dims = new ArrayList<>();
        int end = namesAt;
        for (Tensor tensor : tensors) {
            names.add(end);
            end += Integer.BYTES + tensor.name().getBytes(StandardCharsets.UTF_8).length + 1;
            end = align(end + Integer.BYTES, Long.BYTES); // the numbers after the count stand at a multiple of 8
            dims.add(end - Integer.BYTES);
            end += Long.BYTES * tensor.dims().size();
        }
        long place = end;
        for (Tensor tensor : tensors) {
            place = (place + Integer.BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            places.add(place);
            place += tensor.bytes();
        }
        if (place > MOST_BYTES) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "this adapter has " + (place >> 20) + " MiB; an adapter file holds less than 2048 MiB: give its"
                            + " base fewer adapter targets or a smaller precision");
        }
        ByteBuffer head = little(end);
        head.putInt(ADAPTER_AT).put("TORT".getBytes(StandardCharsets.US_ASCII));
        head.putShort((short) (ADAPTER_AT - FIELDS_AT)).putShort((short) TABLE_BYTES);
        for (int field = 1; field <= FIELDS; field++) {
            head.putShort((short) (Integer.BYTES * field));
        }
        head.putInt(ADAPTER_AT - FIELDS_AT)
                .putInt(FORMAT_VERSION)
                .putInt(1) // versions of adapter and model are ours to choose; ours stand in the manifest
                .putInt(1)
                .putInt(vectorAt - head.position());
        head.putInt(tensors.size());
        for (int i = 0; i < tensors.size(); i++) {
            head.putInt(tablesAt + i * TABLE_BYTES - head.position());
        }
        for (int i = 0; i < tensors.size(); i++) {
            head.putInt(head.position() - FIELDS_AT);
            head.putInt(names.get(i) - head.position());
            head.putInt(dims.get(i) - head.position());
            head.putInt(tensors.get(i).type().code());
            head.putInt((int) (places.get(i) - Integer.BYTES - head.position()));
        }
        for (int i = 0; i < tensors.size(); i++) {
            byte[] name = tensors.get(i).name().getBytes(StandardCharsets.UTF_8);
            head.position(names.get(i)).putInt(name.length).put(name);
            head.position(dims.get(i)).putInt(tensors.get(i).dims().size());
            tensors.get(i).dims().forEach(head::putLong);
        }
        return head.position(0);
    }

    private static int align(int at, int to) {
        return (at + to - 1) / to * to;
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Refuses a byte more than the tensor has, so that one wrong source cannot run into its neighbour. */
    private static final class Bounded implements WritableByteChannel {
        private final FileChannel file;
        private final Tensor tensor;
        private final long before;
        private final LongConsumer progress;
        private long written;

        Bounded(FileChannel file, Tensor tensor, long before, LongConsumer progress) {
            this.file = file;
            this.tensor = tensor;
            this.before = before;
            this.progress = progress;
        }

        @Override
        public int write(ByteBuffer piece) throws IOException {
            if (piece.remaining() > tensor.bytes() - written) {
                throw new IOException(tensor.name() + " gives more than its " + tensor.bytes() + " bytes");
            }
            int count = file.write(piece);
            written += count;
            progress.accept(before + written);
            return count;
        }

        void requireWhole() throws IOException {
            if (written != tensor.bytes()) {
                throw new IOException(tensor.name() + " gave " + written + " of " + tensor.bytes() + " bytes");
            }
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() {
            // The file belongs to the writer.
        }
    }
}
