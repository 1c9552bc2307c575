package org.loupe.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes one safetensors file, tensor by tensor, in the order they are added. */
public final class SafetensorsBytes {
    private final ObjectNode header = new ObjectMapper().createObjectNode();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    public SafetensorsBytes() {
        header.putObject("__metadata__").put("format", "pt");
    }

    /** @param type F32, F16, BF16 or I32; the elements are rounded towards zero where they do not fit */
    public SafetensorsBytes add(String name, String type, long[] shape, float... elements) {
        int width = type.endsWith("32") ? 4 : 2;
        ByteBuffer raw = ByteBuffer.allocate(elements.length * width).order(ByteOrder.LITTLE_ENDIAN);
        for (float element : elements) {
            switch (type) {
                case "F32" -> raw.putFloat(element);
                case "I32" -> raw.putInt((int) element);
                case "F16" -> raw.putShort(half(element));
                case "BF16" -> raw.putShort((short) (Float.floatToRawIntBits(element) >> 16));
                default -> throw new IllegalArgumentException(type);
            }
        }
        return addRaw(name, type, shape, raw.array());
    }

    public SafetensorsBytes addRaw(String name, String type, long[] shape, byte[] raw) {
        ObjectNode entry = header.putObject(name).put("dtype", type);
        var dims = entry.putArray("shape");
        for (long dim : shape) {
            dims.add(dim);
        }
        entry.putArray("data_offsets").add(data.size()).add(data.size() + raw.length);
        data.writeBytes(raw);
        return this;
    }

    public void write(Path file) throws IOException {
        write(file, header.toString(), data.toByteArray());
    }

    /** Writes a header as it is given, true or not. */
    public static void write(Path file, String header, byte[] data) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + text.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data);
        Files.write(file, bytes.array());
    }

    /** Normal numbers of binary16 only, rounded towards zero; smaller ones become zero. */
    private static short half(float element) {
        int bits = Float.floatToRawIntBits(element);
        int exponent = ((bits >> 23) & 0xff) - 112;
        if (exponent >= 31) {
            throw new IllegalArgumentException(element + " is too large");
        }
        int sign = (bits >> 16) & 0x8000;
        return (short) (exponent <= 0 ? sign : sign | (exponent << 10) | ((bits >> 13) & 0x3ff));
    }
}
