package org.loupe.training.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.loupe.decode.Frame;

/**
 * Motion JPEG in an AVI container, the simplest video there is: every frame a JPEG of its own.
 *
 * @see <a href="https://learn.microsoft.com/windows/win32/directshow/avi-riff-file-reference">AVI RIFF file reference</a>
 */
public final class TestClips {
    private TestClips() {}

    /** @param frames all of one size, shown one a second */
    public static byte[] avi(List<Frame> frames) {
        return avi(frames, 92);
    }

    /**
     * @param frames all of one size, shown one a second
     * @param quality of their JPEGs
     */
    public static byte[] avi(List<Frame> frames, int quality) {
        int width = frames.get(0).width();
        int height = frames.get(0).height();
        List<byte[]> jpegs = frames.stream()
                .map(frame -> Pictures.encode(frame, ".jpg", quality))
                .toList();
        byte[] main = ints(1_000_000, 0, 0, 0x10, jpegs.size(), 0, 1, 1 << 20, width, height, 0, 0, 0, 0);
        byte[] stream =
                join(text("vidsMJPG"), ints(0, 0, 0, 1, 1, 0, jpegs.size(), 1 << 20, -1, 0, 0, width | (height << 16)));
        byte[] format =
                join(ints(40, width, height, 1 | (24 << 16)), text("MJPG"), ints(width * height * 3, 0, 0, 0, 0));
        byte[] header = list("hdrl", chunk("avih", main), list("strl", chunk("strh", stream), chunk("strf", format)));
        List<byte[]> chunks = new ArrayList<>();
        ByteArrayOutputStream index = new ByteArrayOutputStream();
        int offset = 4;
        for (byte[] jpeg : jpegs) {
            byte[] chunk = chunk("00dc", jpeg);
            chunks.add(chunk);
            index.writeBytes(text("00dc"));
            index.writeBytes(ints(0x10, offset, jpeg.length));
            offset += chunk.length;
        }
        byte[] movie = list("movi", chunks.toArray(byte[][]::new));
        return chunk("RIFF", join(text("AVI "), header, movie, chunk("idx1", index.toByteArray())));
    }

    private static byte[] list(String type, byte[]... parts) {
        return chunk("LIST", join(text(type), join(parts)));
    }

    private static byte[] chunk(String id, byte[] data) {
        return join(text(id), ints(data.length), data, new byte[data.length % 2]);
    }

    private static byte[] text(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] ints(int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            buffer.putInt(value);
        }
        return buffer.array();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
