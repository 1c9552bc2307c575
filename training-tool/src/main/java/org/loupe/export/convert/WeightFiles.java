package org.loupe.export.convert;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.loupe.export.GraphBuilder;
import org.loupe.export.onnx.StringStringEntryProto;
import org.loupe.export.onnx.TensorProto;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** The data file that is read and the one that is written. Owns both. For one thread. */
final class WeightFiles implements AutoCloseable {
    /** A cache line: no vector instruction reads over two for a number. */
    private static final int SMALL_STEP = 64;

    private final Path source;
    private final FileChannel in;
    private final FileChannel out;
    private long end;

    /**
     * @param source a package's directory, with a data file
     * @param target a directory that has none yet
     */
    WeightFiles(Path source, Path target) throws IOException {
        this.source = source.resolve(GraphBuilder.DATA_FILE);
        this.in = FileChannel.open(this.source);
        try {
            this.out = FileChannel.open(
                    target.resolve(GraphBuilder.DATA_FILE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /** @return bytes of the file that is read */
    long sourceBytes() throws IOException {
        return in.size();
    }

    /** @return bytes of the file that is written, so far */
    long writtenBytes() {
        return end;
    }

    /** @throws ScoringException MODEL_PACKAGE_INVALID if the tensor does not lie in the data file as it says */
    float[] read(TensorProto tensor) throws IOException {
        Place place = place(tensor);
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(place.length())).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (in.read(bytes, place.offset() + bytes.position()) < 0) {
                throw invalid(tensor, "is cut off");
            }
        }
        long elements = tensor.getDimsList().stream().reduce(1L, Math::multiplyExact);
        if (elements * Float.BYTES != place.length()) {
            throw invalid(tensor, "has " + place.length() + " bytes for " + elements + " numbers");
        }
        float[] values = new float[Math.toIntExact(elements)];
        bytes.flip().asFloatBuffer().get(values);
        return values;
    }

    /**
     * @return the same tensor, in the file that is written
     * @throws ScoringException MODEL_PACKAGE_INVALID if it does not lie in the data file as it says
     */
    TensorProto copy(TensorProto tensor) throws IOException {
        Place place = place(tensor);
        long to = begin(place.length());
        long done = 0;
        out.position(to);
        while (done < place.length()) {
            done += in.transferTo(place.offset() + done, place.length() - done, out);
        }
        end = to + place.length();
        return external(tensor.toBuilder(), to, place.length());
    }

    /** @return the tensor, in the file that is written */
    TensorProto add(TensorProto.Builder tensor, ByteBuffer bytes) throws IOException {
        int length = bytes.remaining();
        long to = begin(length);
        out.position(to);
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
        end = to + length;
        return external(tensor, to, length);
    }

    /** What fills a page begins with one, so that it can be mapped alone; dozens of small vectors would waste most of theirs. */
    private long begin(long length) {
        long step = length < GraphBuilder.PAGE ? SMALL_STEP : GraphBuilder.PAGE;
        return Math.addExact(end, step - 1) / step * step;
    }

    private static TensorProto external(TensorProto.Builder tensor, long offset, long length) {
        return tensor.clearExternalData()
                .clearRawData()
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", GraphBuilder.DATA_FILE))
                .addExternalData(entry("offset", Long.toString(offset)))
                .addExternalData(entry("length", Long.toString(length)))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private record Place(long offset, long length) {}

    private Place place(TensorProto tensor) throws IOException {
        long offset = 0;
        long length = -1;
        String location = "";
        try {
            for (StringStringEntryProto entry : tensor.getExternalDataList()) {
                switch (entry.getKey()) {
                    case "location" -> location = entry.getValue();
                    case "offset" -> offset = Long.parseLong(entry.getValue());
                    case "length" -> length = Long.parseLong(entry.getValue());
                    default -> {} // a checksum and the like
                }
            }
        } catch (NumberFormatException e) {
            throw invalid(tensor, "says where it lies in words that are no numbers");
        }
        if (!location.equals(GraphBuilder.DATA_FILE)) {
            throw invalid(tensor, "lies in '" + location + "' instead of " + GraphBuilder.DATA_FILE);
        }
        if (length < 0) {
            length = in.size() - offset;
        }
        if (offset < 0 || length < 0 || offset > in.size() - length) {
            throw invalid(tensor, "lies outside the file");
        }
        return new Place(offset, length);
    }

    private ScoringException invalid(TensorProto tensor, String what) {
        return new ScoringException(
                ErrorReason.MODEL_PACKAGE_INVALID, source + ": the tensor " + tensor.getName() + " " + what);
    }

    @Override
    public void close() throws IOException {
        try {
            out.close();
        } finally {
            in.close();
        }
    }
}
