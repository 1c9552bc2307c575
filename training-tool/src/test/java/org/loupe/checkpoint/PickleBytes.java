package org.loupe.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Pickles written opcode by opcode, and the archives around them. */
public final class PickleBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Appends bytes given as characters below 256. */
    public PickleBytes op(String characters) {
        out.writeBytes(characters.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    PickleBytes text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.write(0x8c);
        out.write(utf8.length);
        out.writeBytes(utf8);
        return this;
    }

    public PickleBytes global(String module, String name) {
        return op("c" + module + "\n" + name + "\n");
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** Writes an archive as {@code torch.save} would around this pickle. */
    public void archive(Path file, Map<String, byte[]> storages) throws IOException {
        archive(file, ZipEntry.STORED, bytes(), storages);
    }

    static void archive(Path file, int method, byte[] pickle, Map<String, byte[]> storages) throws IOException {
        Map<String, byte[]> members = new TreeMap<>();
        members.put("archive/data.pkl", pickle);
        storages.forEach((key, content) -> members.put("archive/data/" + key, content));
        members.put("archive/version", "3\n".getBytes(StandardCharsets.US_ASCII));
        try (OutputStream stream = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(stream)) {
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                ZipEntry entry = new ZipEntry(member.getKey());
                entry.setMethod(method);
                CRC32 crc = new CRC32();
                crc.update(member.getValue());
                entry.setCrc(crc.getValue());
                entry.setSize(member.getValue().length);
                zip.putNextEntry(entry);
                zip.write(member.getValue());
                zip.closeEntry();
            }
        }
    }
}
