package org.loupe.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A safetensors file to be: the tensors follow one another without gap, in the order given. */
final class SafetensorsShard implements ShardFile {
    private final byte[] header;
    private final Map<String, Long> offsets = new LinkedHashMap<>();
    private final long end;

    SafetensorsShard(List<TensorInfo> tensors) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        // Loaders of the Hugging Face libraries refuse a file that does not say which framework it is for.
        root.putObject("__metadata__").put("format", "pt");
        long next = 0;
        for (TensorInfo tensor : tensors) {
            ObjectNode entry =
                    root.putObject(tensor.name()).put("dtype", tensor.type().name());
            ArrayNode shape = entry.putArray("shape");
            tensor.shape().forEach(shape::add);
            long from = next;
            next = Math.addExact(next, tensor.bytes());
            entry.putArray("data_offsets").add(from).add(next);
            offsets.put(tensor.name(), from);
        }
        byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
        // Spaces up to a multiple of 8, so that the numbers are aligned where the file is mapped.
        header = new byte[(json.length + 7) / 8 * 8];
        Arrays.fill(header, (byte) ' ');
        System.arraycopy(json, 0, header, 0, json.length);
        end = Math.addExact(Long.BYTES + header.length, next);
    }

    @Override
    public void begin(FileChannel channel) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES + header.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .flip();
        ShardFile.writeFully(channel, start, 0);
    }

    @Override
    public long offset(String tensor) {
        Long offset = offsets.get(tensor);
        if (offset == null) {
            throw new IllegalArgumentException(tensor + " does not stand in this file");
        }
        return Long.BYTES + header.length + offset;
    }

    @Override
    public long bytes() {
        return end;
    }

    @Override
    public boolean wantsChecksums() {
        return false;
    }

    @Override
    public void finish(FileChannel channel, Checksums checksums) {
        // Everything was known at the start.
    }
}
