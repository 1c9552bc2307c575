package org.loupe.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * A zip archive to be, as {@code torch.save} lays it out: stored members, the numbers of each at a multiple of 64 bytes, fields of 64 bits
 * where 32 do not suffice.
 */
final class TorchShard implements ShardFile {
    private static final int ALIGNMENT = 64;
    private static final int LOCAL_BYTES = 30;
    private static final int CENTRAL_BYTES = 46;
    private static final int EXTRA_HEADER_BYTES = 4;
    private static final int LOCAL_ZIP64_BYTES = EXTRA_HEADER_BYTES + 2 * Long.BYTES;
    private static final int END_BYTES = 22;
    private static final int END64_BYTES = 56;
    private static final int LOCATOR_BYTES = 20;
    private static final long MAX_UINT32 = 0xffff_ffffL;
    private static final int MAX_UINT16 = 0xffff;
    private static final short DOS_1980_JANUARY_1 = 0x21;

    private final List<Member> members = new ArrayList<>();
    private final Map<String, Member> byTensor = new LinkedHashMap<>();
    private long end;

    /** @param tensor empty for a member whose content is known from the start */
    private record Member(String name, String tensor, byte[] content, long header, long data, long size) {
        boolean zip64() {
            return size >= MAX_UINT32;
        }

        int crc(Checksums checksums) {
            if (!tensor.isEmpty()) {
                return checksums.of(tensor);
            }
            CRC32 crc = new CRC32();
            crc.update(content);
            return (int) crc.getValue();
        }
    }

    /** @param stem the file's name without suffix, which names the directory inside the archive */
    TorchShard(String stem, List<TensorInfo> tensors) {
        content(stem + "/data.pkl", TorchPickle.stateDictionary(tensors));
        content(stem + "/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < tensors.size(); i++) {
            TensorInfo tensor = tensors.get(i);
            Member member = add(stem + "/data/" + i, tensor.name(), new byte[0], tensor.bytes());
            byTensor.put(tensor.name(), member);
        }
        content(stem + "/version", "3\n".getBytes(StandardCharsets.US_ASCII));
    }

    private void content(String name, byte[] content) {
        add(name, "", content, content.length);
    }

    private Member add(String name, String tensor, byte[] content, long size) {
        long bare =
                end + LOCAL_BYTES + name.length() + (size >= MAX_UINT32 ? LOCAL_ZIP64_BYTES : 0) + EXTRA_HEADER_BYTES;
        long data = (bare + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        Member member = new Member(name, tensor, content, end, data, size);
        members.add(member);
        end = Math.addExact(data, size);
        return member;
    }

    @Override
    public void begin(FileChannel channel) throws IOException {
        for (Member member : members) {
            if (member.tensor().isEmpty()) {
                ShardFile.writeFully(channel, ByteBuffer.wrap(member.content()), member.data());
            }
        }
    }

    @Override
    public long offset(String tensor) {
        Member member = byTensor.get(tensor);
        if (member == null) {
            throw new IllegalArgumentException(tensor + " does not stand in this file");
        }
        return member.data();
    }

    @Override
    public long bytes() {
        return end + centralBytes() + END64_BYTES + LOCATOR_BYTES + END_BYTES;
    }

    @Override
    public boolean wantsChecksums() {
        return true;
    }

    @Override
    public void finish(FileChannel channel, Checksums checksums) throws IOException {
        ByteBuffer central = ByteBuffer.allocate(centralBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (Member member : members) {
            int crc = member.crc(checksums);
            ShardFile.writeFully(channel, local(member, crc), member.header());
            central(central, member, crc);
        }
        central.flip();
        ShardFile.writeFully(channel, central, end);
        ShardFile.writeFully(channel, endRecords(), end + centralBytes());
    }

    private static ByteBuffer local(Member member, int crc) {
        ByteBuffer header =
                ByteBuffer.allocate((int) (member.data() - member.header())).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(0x04034b50);
        common(header, member, crc);
        int extra = (int) (member.data() - member.header())
                - LOCAL_BYTES
                - member.name().length();
        header.putShort((short) extra);
        header.put(member.name().getBytes(StandardCharsets.US_ASCII));
        if (member.zip64()) {
            header.putShort((short) 1).putShort((short) (2 * Long.BYTES));
            header.putLong(member.size()).putLong(member.size());
        }
        header.putShort((short) 0x4246).putShort((short) (header.remaining() - Short.BYTES));
        while (header.hasRemaining()) {
            header.put((byte) 'Z');
        }
        return header.flip();
    }

    /** From "version needed" to the length of the name. */
    private static void common(ByteBuffer header, Member member, int crc) {
        int size = member.zip64() ? (int) MAX_UINT32 : (int) member.size();
        header.putShort((short) 45).putShort((short) 0).putShort((short) 0); // stored, no flags
        header.putShort((short) 0).putShort(DOS_1980_JANUARY_1);
        header.putInt(crc).putInt(size).putInt(size);
        header.putShort((short) member.name().length());
    }

    private static int centralExtra(Member member) {
        int longs = (member.zip64() ? 2 : 0) + (member.header() >= MAX_UINT32 ? 1 : 0);
        return longs == 0 ? 0 : EXTRA_HEADER_BYTES + longs * Long.BYTES;
    }

    private int centralBytes() {
        return members.stream()
                .mapToInt(member -> CENTRAL_BYTES + member.name().length() + centralExtra(member))
                .sum();
    }

    private static void central(ByteBuffer central, Member member, int crc) {
        central.putInt(0x02014b50).putShort((short) 45);
        common(central, member, crc);
        int extra = centralExtra(member);
        boolean far = member.header() >= MAX_UINT32;
        central.putShort((short) extra).putShort((short) 0); // no comment
        central.putShort((short) 0).putShort((short) 0).putInt(0); // first disk, no attributes
        central.putInt(far ? (int) MAX_UINT32 : (int) member.header());
        central.put(member.name().getBytes(StandardCharsets.US_ASCII));
        if (extra > 0) {
            central.putShort((short) 1).putShort((short) (extra - EXTRA_HEADER_BYTES));
            if (member.zip64()) {
                central.putLong(member.size()).putLong(member.size());
            }
            if (far) {
                central.putLong(member.header());
            }
        }
    }

    private ByteBuffer endRecords() {
        long size = centralBytes();
        long end64 = end + size;
        ByteBuffer records =
                ByteBuffer.allocate(END64_BYTES + LOCATOR_BYTES + END_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        records.putInt(0x06064b50)
                .putLong(END64_BYTES - 12)
                .putShort((short) 45)
                .putShort((short) 45);
        records.putInt(0).putInt(0).putLong(members.size()).putLong(members.size());
        records.putLong(size).putLong(end);
        records.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
        short count = (short) Math.min(members.size(), MAX_UINT16);
        records.putInt(0x06054b50)
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort(count)
                .putShort(count);
        records.putInt((int) size).putInt((int) Math.min(end, MAX_UINT32)).putShort((short) 0);
        return records.flip();
    }
}
