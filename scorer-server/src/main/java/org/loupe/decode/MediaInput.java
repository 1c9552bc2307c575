package org.loupe.decode;

import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_SIZE;
import static org.bytedeco.ffmpeg.global.avformat.avio_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avio_context_free;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EXIT;
import static org.bytedeco.ffmpeg.global.avutil.av_free;
import static org.bytedeco.ffmpeg.global.avutil.av_malloc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.Read_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avformat.Seek_Pointer_long_int;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Feeds ffmpeg from our own source, bytes or a file, so that it never opens anything by itself: no other file, no address. One owner
 * thread; closed after the format context that reads from it.
 */
final class MediaInput implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int ERROR_IO = -5; // AVERROR(EIO) on every platform served
    private static final int SEEK_SET = 0;
    private static final int SEEK_CUR = 1;
    private static final int SEEK_END = 2;

    /**
     * Open inputs by the address of their token. JavaCPP has only ten native entry points for a callback class, so all inputs share one
     * callback and are told apart by the token that ffmpeg hands back.
     */
    private static final Map<Long, MediaInput> OPEN = new ConcurrentHashMap<>();

    private static final Read_packet_Pointer_BytePointer_int READ = new Read_packet_Pointer_BytePointer_int() {
        @Override
        public int call(Pointer token, BytePointer buffer, int size) {
            MediaInput input = OPEN.get(token.address());
            return input == null ? ERROR_IO : input.read(buffer, size);
        }
    };

    private static final Seek_Pointer_long_int SEEK = new Seek_Pointer_long_int() {
        @Override
        public long call(Pointer token, long offset, int whence) {
            MediaInput input = OPEN.get(token.address());
            return input == null ? ERROR_IO : input.seek(offset, whence);
        }
    };

    private final BytePointer token = new BytePointer(1);
    private final long size;
    private final byte @Nullable [] bytes;
    private final @Nullable FileChannel file;
    private final byte[] chunk = new byte[BUFFER_BYTES];
    private final AVIOContext context;
    private long position;
    private @Nullable IOException failure;

    MediaInput(MediaSource source) {
        if (source instanceof MediaSource.InFile inFile) {
            try {
                file = FileChannel.open(inFile.file(), StandardOpenOption.READ);
            } catch (IOException e) {
                throw unreadable(e);
            }
            bytes = null;
        } else {
            bytes = source.readAll();
            file = null;
        }
        size = source.sizeBytes();
        OPEN.put(token.address(), this);
        BytePointer buffer = new BytePointer(av_malloc(BUFFER_BYTES)).capacity(BUFFER_BYTES);
        context = avio_alloc_context(buffer, BUFFER_BYTES, 0, token, READ, null, SEEK);
    }

    AVIOContext context() {
        return context;
    }

    /** @throws ScoringException CANCELLED or IO_FAILED if reading ended for a reason that is not the medium's */
    void rethrow() {
        if (Thread.currentThread().isInterrupted()) {
            throw new ScoringException(ErrorReason.CANCELLED, "interrupted while decoding a video");
        }
        if (failure != null) {
            throw unreadable(failure);
        }
    }

    private int read(BytePointer buffer, int wanted) {
        if (Thread.currentThread().isInterrupted()) {
            return AVERROR_EXIT;
        }
        // Damaged offsets send ffmpeg gigabytes behind the end: compared before it is narrowed, or what is left would
        // wrap to a count.
        long left = size - position;
        if (left <= 0) {
            return AVERROR_EOF;
        }
        int count = (int) Math.min(Math.min(wanted, BUFFER_BYTES), left);
        if (bytes != null) {
            buffer.put(bytes, (int) position, count);
        } else if (file != null) {
            try {
                count = file.read(ByteBuffer.wrap(chunk, 0, count), position);
            } catch (IOException e) {
                failure = e;
                return ERROR_IO;
            }
            if (count <= 0) {
                return AVERROR_EOF;
            }
            buffer.put(chunk, 0, count);
        }
        position += count;
        return count;
    }

    private long seek(long offset, int whence) {
        if ((whence & AVSEEK_SIZE) != 0) {
            return size;
        }
        long target =
                switch (whence & 3) { // beside the three there are only flags
                    case SEEK_SET -> offset;
                    case SEEK_CUR -> position + offset;
                    case SEEK_END -> size + offset;
                    default -> -1;
                };
        if (target < 0) { // also what an offset near the end of its range wraps to
            return ERROR_IO;
        }
        position = target;
        return position;
    }

    @Override
    public void close() {
        av_free(context.buffer()); // ffmpeg may have replaced the one it was given
        avio_context_free(context);
        OPEN.remove(token.address());
        token.close();
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw unreadable(e);
            }
        }
    }

    private static ScoringException unreadable(IOException e) {
        return new ScoringException(ErrorReason.IO_FAILED, "cannot read the video file", e);
    }
}
