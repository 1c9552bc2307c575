package org.loupe.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * One {@code .safetensors} file: eight bytes of header length, a JSON header, the data. The header is believed only as far as it describes
 * the data without gap or overlap, to the last byte.
 */
final class SafetensorsFile implements TensorFile {
    // The bound of the format's own library; a header of a model with thousands of tensors takes about 1 MB.
    private static final long MAX_HEADER_BYTES = 100_000_000;
    private static final String METADATA = "__metadata__";

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final String fileName;
    private final FileChannel channel;
    private final Map<String, Entry> entries;

    private record Entry(TensorInfo info, long begin, long end) {}

    private SafetensorsFile(String fileName, FileChannel channel, Map<String, Entry> entries) {
        this.fileName = fileName;
        this.channel = channel;
        this.entries = entries;
    }

    /**
     * @throws ScoringException CHECKPOINT_INVALID if the file is not what the format asks for
     * @throws IOException if it cannot be read
     */
    static SafetensorsFile open(Path file) throws IOException {
        String fileName = String.valueOf(file.getFileName());
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return new SafetensorsFile(fileName, channel, readHeader(fileName, channel));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        entries.forEach((name, entry) -> infos.put(name, entry.info()));
        return Collections.unmodifiableMap(infos);
    }

    @Override
    public void read(String name, long first, float[] target, int at, int count) throws IOException {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(name + " is no tensor in " + fileName);
        }
        FloatReader.check(entry.info(), first, count);
        long position = entry.begin() + first * entry.info().type().bytes();
        FloatReader.read(channel, fileName, entry.info(), position, target, at, count);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static Map<String, Entry> readHeader(String fileName, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < Long.BYTES) {
            throw invalid(fileName, "has " + size + " bytes, too few for a safetensors file");
        }
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        FloatReader.readFully(channel, length, 0);
        long headerBytes = length.flip().getLong();
        if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > size - Long.BYTES) {
            throw invalid(
                    fileName,
                    "states a header of " + Long.toUnsignedString(headerBytes) + " bytes in a file of " + size
                            + " bytes");
        }
        ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
        FloatReader.readFully(channel, header, Long.BYTES);
        JsonNode root;
        try {
            root = JSON.readTree(header.array());
        } catch (JsonProcessingException e) {
            throw invalid(fileName, "has a header that is no JSON object: " + e.getOriginalMessage());
        }
        if (!root.isObject()) {
            throw invalid(fileName, "has a header that is no JSON object");
        }
        long dataBegin = Long.BYTES + headerBytes;
        Map<String, Entry> entries = new LinkedHashMap<>();
        root.properties().forEach(field -> {
            if (!field.getKey().equals(METADATA)) {
                entries.put(field.getKey(), entry(fileName, field.getKey(), field.getValue(), dataBegin, size));
            }
        });
        requireGapless(fileName, entries, dataBegin, size);
        return entries;
    }

    private static Entry entry(String fileName, String name, JsonNode node, long dataBegin, long fileSize) {
        ElementType type = ElementType.byName(node.path("dtype").asText())
                .orElseThrow(() -> invalid(
                        fileName, name + " is of type " + node.path("dtype") + ", which is not one that can be read"));
        JsonNode shapeNode = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        if (!shapeNode.isArray() || !offsets.isArray() || offsets.size() != 2) {
            throw invalid(fileName, name + " needs shape and two data_offsets");
        }
        List<Long> shape = new ArrayList<>();
        for (JsonNode dim : shapeNode) {
            shape.add(natural(fileName, name, dim));
        }
        long begin = natural(fileName, name, offsets.get(0));
        long end = natural(fileName, name, offsets.get(1));
        TensorInfo info = new TensorInfo(name, type, shape);
        long bytes;
        try {
            bytes = Math.multiplyExact(info.elements(), (long) type.bytes());
        } catch (ArithmeticException e) {
            throw invalid(fileName, name + " has the impossible shape " + shape);
        }
        if (begin > end || end > fileSize - dataBegin) {
            throw invalid(
                    fileName,
                    String.format(
                            Locale.ROOT,
                            "%s lies at %d to %d, outside the %d bytes of data (is the file complete?)",
                            name,
                            begin,
                            end,
                            fileSize - dataBegin));
        }
        if (end - begin != bytes) {
            throw invalid(
                    fileName, name + " of shape " + shape + " needs " + bytes + " bytes but has " + (end - begin));
        }
        return new Entry(info, dataBegin + begin, dataBegin + end);
    }

    private static long natural(String fileName, String name, JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.asLong() < 0) {
            throw invalid(fileName, name + " has " + node + " where a natural number must stand");
        }
        return node.asLong();
    }

    private static void requireGapless(String fileName, Map<String, Entry> entries, long dataBegin, long fileSize) {
        List<Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long expected = dataBegin;
        for (Entry entry : sorted) {
            if (entry.begin() != expected) {
                throw invalid(
                        fileName,
                        entry.info().name()
                                + (entry.begin() < expected ? " overlaps its neighbour" : " leaves a gap before it"));
            }
            expected = entry.end();
        }
        if (expected != fileSize) {
            throw invalid(fileName, "has " + (fileSize - expected) + " bytes that belong to no tensor");
        }
    }

    private static ScoringException invalid(String fileName, String what) {
        return new ScoringException(ErrorReason.CHECKPOINT_INVALID, fileName + ": " + what);
    }
}
