package org.loupe.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** How one file of a checkpoint is laid out around the bare numbers of its tensors. */
interface ShardFile {
    /** Writes what stands before and between the tensors. */
    void begin(FileChannel channel) throws IOException;

    /** @return where in the file a tensor's numbers start */
    long offset(String tensor);

    /** @return bytes of the whole file */
    long bytes();

    /** @return whether {@link #finish} wants checksums */
    boolean wantsChecksums();

    /** Writes what could not be known before the numbers were. */
    void finish(FileChannel channel, Checksums checksums) throws IOException;

    /** CRC-32 of every tensor's bytes. */
    @FunctionalInterface
    interface Checksums {
        int of(String tensor);
    }

    static void writeFully(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long next = position;
        while (bytes.hasRemaining()) {
            next += channel.write(bytes, next);
        }
    }
}
