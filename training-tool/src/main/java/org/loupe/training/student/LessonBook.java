package org.loupe.training.student;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.loupe.decode.Frame;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.teacher.Teacher;

/**
 * Lessons in a file, one after the other, so that neither thousands of pictures lie in memory nor a resumed run asks the teacher again. One
 * thread adds, any number read; close it.
 *
 * <p>An entry: picture, view, width, height as int32, then RGB, then the teacher's numbers as float32, big-endian. A view too small to learn
 * from has width and height 0.
 */
final class LessonBook implements AutoCloseable {
    private static final int HEADER = 4 * Integer.BYTES;

    private final FileChannel channel;
    private final List<Entry> entries = new ArrayList<>();

    /**
     * @param offset of the pixels
     * @param picture its place in the list of pictures
     * @param view 0 for the picture as the server sees it
     */
    record Entry(long offset, int picture, int view, int width, int height) {
        boolean isEmpty() {
            return width == 0;
        }

        private int pixelBytes() {
            return width * height * 3;
        }

        private int cellBytes() {
            return width / Teacher.CELL * (height / Teacher.CELL) * Said.CELL_WIDTH * Float.BYTES;
        }

        private long end() {
            return offset + pixelBytes() + cellBytes();
        }
    }

    private LessonBook(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * @param file made if absent; what a run that was killed left of a last entry is dropped
     * @throws ScoringException IO_FAILED if it cannot be used
     */
    static LessonBook open(Path file) {
        try {
            LessonBook book = new LessonBook(FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
            long at = 0;
            ByteBuffer header = ByteBuffer.allocate(HEADER);
            while (at + HEADER <= book.channel.size()) {
                book.read(header.clear(), at);
                Entry entry =
                        new Entry(at + HEADER, header.getInt(), header.getInt(), header.getInt(), header.getInt());
                if (entry.end() > book.channel.size()) {
                    break;
                }
                book.entries.add(entry);
                at = entry.end();
            }
            book.channel.truncate(at);
            return book;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** @return all entries so far, in their order; shared, grows with {@link #add} */
    List<Entry> entries() {
        return entries;
    }

    /** @param lesson null for a view too small */
    void add(int picture, int view, @Nullable Lesson lesson) {
        try {
            long at = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).end();
            int width = lesson == null ? 0 : lesson.pixels().width();
            int height = lesson == null ? 0 : lesson.pixels().height();
            Entry entry = new Entry(at + HEADER, picture, view, width, height);
            ByteBuffer bytes = ByteBuffer.allocate(HEADER + entry.pixelBytes() + entry.cellBytes());
            bytes.putInt(picture).putInt(view).putInt(width).putInt(height);
            if (lesson != null) {
                bytes.put(lesson.pixels().rgb());
                bytes.slice().asFloatBuffer().put(lesson.said().cells());
            }
            bytes.clear();
            while (bytes.hasRemaining()) {
                channel.write(bytes, at + bytes.position());
            }
            entries.add(entry);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    Lesson read(Entry entry) {
        byte[] rgb = new byte[entry.pixelBytes()];
        read(ByteBuffer.wrap(rgb), entry.offset());
        return new Lesson(new Frame(entry.width(), entry.height(), rgb), new Said(cells(entry)));
    }

    /** @return what the teacher said, without the pixels */
    float[] cells(Entry entry) {
        ByteBuffer bytes = ByteBuffer.allocate(entry.cellBytes());
        read(bytes, entry.offset() + entry.pixelBytes());
        float[] cells = new float[entry.cellBytes() / Float.BYTES];
        bytes.asFloatBuffer().get(cells);
        return cells;
    }

    private void read(ByteBuffer into, long from) {
        try {
            while (into.hasRemaining()) {
                if (channel.read(into, from + into.position()) < 0) {
                    throw new IOException("a lesson is cut off");
                }
            }
            into.flip();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static ScoringException failed(IOException e) {
        return new ScoringException(ErrorReason.IO_FAILED, "cannot keep the teacher's lessons: " + e, e);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
