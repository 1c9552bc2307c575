package org.loupe.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Where the members of a zip archive lie in its file, by the central directory; 64-bit archives too. */
final class ZipDirectory {
    private static final int END_BYTES = 22;
    private static final int LOCATOR_BYTES = 20;
    private static final int END64_BYTES = 56;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int MOST_COMMENT_BYTES = 0xffff;
    private static final int ZIP64_FIELD = 1;
    static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final long IN_ZIP64 = 0xffff_ffffL;
    // A member a tensor, some 100 bytes each: enough for the largest checkpoints.
    private static final long MOST_DIRECTORY_BYTES = 64L << 20;

    private ZipDirectory() {}

    /**
     * @param crc of the content
     * @param header where the member's own header stands
     * @param stored bytes in the file
     * @param size bytes of the content
     */
    record Member(String name, int method, int crc, long header, long stored, long size) {}

    /** Damaged, or no archive at all. */
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1;

        DamagedException(String message) {
            super(message);
        }
    }

    /** @return members by name */
    static Map<String, Member> read(FileChannel channel) throws IOException {
        long size = channel.size();
        int tailBytes = (int) Math.min(size, END_BYTES + MOST_COMMENT_BYTES + LOCATOR_BYTES);
        ByteBuffer tail = read(channel, size - tailBytes, tailBytes);
        int end = tailBytes - END_BYTES;
        while (end >= 0 && tail.getInt(end) != 0x06054b50) {
            end--;
        }
        if (end < 0) {
            throw new DamagedException("has no end of a zip archive (is the file complete?)");
        }
        long bytes = Integer.toUnsignedLong(tail.getInt(end + 12));
        long start = Integer.toUnsignedLong(tail.getInt(end + 16));
        if (end >= LOCATOR_BYTES && tail.getInt(end - LOCATOR_BYTES) == 0x07064b50) {
            ByteBuffer end64 = read(channel, tail.getLong(end - LOCATOR_BYTES + 8), END64_BYTES);
            if (end64.getInt(0) != 0x06064b50) {
                throw new DamagedException("has a damaged end of its zip archive");
            }
            bytes = end64.getLong(40);
            start = end64.getLong(48);
        }
        if (bytes < 0 || bytes > MOST_DIRECTORY_BYTES) {
            throw new DamagedException("has a list of members of " + Long.toUnsignedString(bytes) + " bytes");
        }
        return members(read(channel, start, (int) bytes));
    }

    private static Map<String, Member> members(ByteBuffer central) throws DamagedException {
        Map<String, Member> members = new LinkedHashMap<>();
        while (central.remaining() >= CENTRAL_BYTES) {
            int at = central.position();
            int nameBytes = central.getShort(at + 28) & 0xffff;
            int extraBytes = central.getShort(at + 30) & 0xffff;
            int commentBytes = central.getShort(at + 32) & 0xffff;
            if (central.getInt(at) != 0x02014b50
                    || central.remaining() < CENTRAL_BYTES + nameBytes + extraBytes + commentBytes) {
                throw new DamagedException("has a damaged list of members");
            }
            byte[] name = new byte[nameBytes];
            central.get(at + CENTRAL_BYTES, name);
            ByteBuffer extra = central.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            extra.position(at + CENTRAL_BYTES + nameBytes).limit(at + CENTRAL_BYTES + nameBytes + extraBytes);
            Member member = member(central, at, new String(name, StandardCharsets.UTF_8), extra);
            if (members.put(member.name(), member) != null) {
                throw new DamagedException("has two members of one name");
            }
            central.position(at + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes);
        }
        return members;
    }

    private static Member member(ByteBuffer central, int at, String name, ByteBuffer extra) throws DamagedException {
        long size = Integer.toUnsignedLong(central.getInt(at + 24));
        long stored = Integer.toUnsignedLong(central.getInt(at + 20));
        long header = Integer.toUnsignedLong(central.getInt(at + 42));
        while (extra.remaining() >= 4) {
            int id = extra.getShort() & 0xffff;
            int bytes = extra.getShort() & 0xffff;
            if (bytes > extra.remaining()) {
                break; // some writers pad with anything
            }
            int next = extra.position() + bytes;
            if (id == ZIP64_FIELD) {
                // Only what did not fit into 32 bits stands here, in this order.
                int wide = (size == IN_ZIP64 ? 1 : 0) + (stored == IN_ZIP64 ? 1 : 0) + (header == IN_ZIP64 ? 1 : 0);
                if (bytes < wide * Long.BYTES) {
                    throw new DamagedException("has a damaged list of members");
                }
                size = size == IN_ZIP64 ? extra.getLong() : size;
                stored = stored == IN_ZIP64 ? extra.getLong() : stored;
                header = header == IN_ZIP64 ? extra.getLong() : header;
            }
            extra.position(next);
        }
        return new Member(name, central.getShort(at + 10) & 0xffff, central.getInt(at + 16), header, stored, size);
    }

    /** @return where a member's stored bytes begin; they lie inside the file */
    static long dataOffset(FileChannel channel, Member member) throws IOException {
        ByteBuffer local = read(channel, member.header(), LOCAL_BYTES);
        if (local.getInt(0) != 0x04034b50) {
            throw new DamagedException("has no member at the place its list names");
        }
        long data = member.header() + LOCAL_BYTES + (local.getShort(26) & 0xffff) + (local.getShort(28) & 0xffff);
        if (member.stored() < 0 || data > channel.size() || member.stored() > channel.size() - data) {
            throw new DamagedException("ends before its member " + member.name() + " does (is the file complete?)");
        }
        return data;
    }

    /**
     * @param atMost most bytes of a content that is believed
     * @return the content of a small member, its checksum verified
     */
    static byte[] content(FileChannel channel, Member member, int atMost) throws IOException {
        if (member.size() < 0 || member.size() > atMost || member.stored() > atMost) {
            throw new DamagedException("has a member " + member.name() + " of " + Long.toUnsignedString(member.size())
                    + " bytes, more than " + atMost);
        }
        byte[] stored = read(channel, dataOffset(channel, member), (int) member.stored())
                .array();
        if (member.method() != STORED && member.method() != DEFLATED) {
            throw new DamagedException("packs its member " + member.name() + " in an unknown way");
        }
        byte[] content = member.method() == STORED ? stored : inflated(member, stored);
        CRC32 crc = new CRC32();
        crc.update(content);
        if (content.length != member.size() || (int) crc.getValue() != member.crc()) {
            throw new DamagedException("has a damaged member " + member.name());
        }
        return content;
    }

    private static byte[] inflated(Member member, byte[] stored) throws DamagedException {
        byte[] content = new byte[(int) member.size()];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(stored);
            int done = 0;
            while (done < content.length) {
                int some = inflater.inflate(content, done, content.length - done);
                if (some == 0) {
                    throw new DamagedException("has a damaged member " + member.name());
                }
                done += some;
            }
            return content;
        } catch (DataFormatException e) {
            throw new DamagedException("has a damaged member " + member.name());
        } finally {
            inflater.end();
        }
    }

    private static ByteBuffer read(FileChannel channel, long position, int bytes) throws IOException {
        if (position < 0 || position > channel.size() - bytes) {
            throw new DamagedException("points outside itself (is the file complete?)");
        }
        ByteBuffer target = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (target.hasRemaining()) {
            if (channel.read(target, position + target.position()) < 0) {
                throw new EOFException("the file became shorter while it was read");
            }
        }
        return target.flip();
    }
}
