package org.loupe.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.TensorInfo;

/** Tensors of a checkpoint as weights of a graph, in the layout the graph wants, read only while the graph is written. */
final class CheckpointWeights {
    private static final int PIECE_FLOATS = 1 << 16;

    private final Checkpoint checkpoint;

    CheckpointWeights(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
    }

    /** @return the stored shape */
    long[] shape(String name) {
        return info(name).shape().stream().mapToLong(Long::longValue).toArray();
    }

    /** The elements in the order they are stored in. */
    WeightSource asStored(String name) {
        long elements = info(name).elements();
        return channel -> {
            float[] piece = new float[(int) Math.min(PIECE_FLOATS, elements)];
            for (long first = 0; first < elements; first += piece.length) {
                int count = (int) Math.min(piece.length, elements - first);
                checkpoint.read(name, first, piece, 0, count);
                write(channel, piece, count);
            }
        };
    }

    /** The elements of a vector, each divided by its divisor. */
    WeightSource divided(String name, float[] divisors) {
        return channel -> {
            float[] elements = all(name);
            for (int i = 0; i < elements.length; i++) {
                elements[i] /= divisors[i];
            }
            write(channel, elements, elements.length);
        };
    }

    /** A stored convolution {@code [out, channel, y, x]} as {@code [(y, x, channel), out]}: a product with interleaved patches. */
    WeightSource patches(String name) {
        long[] shape = shape(name);
        int out = Math.toIntExact(shape[0]);
        int channels = Math.toIntExact(shape[1]);
        int area = Math.toIntExact(shape[2] * shape[3]);
        return channel -> {
            float[] stored = all(name);
            float[] turned = new float[stored.length];
            for (int o = 0; o < out; o++) {
                for (int c = 0; c < channels; c++) {
                    for (int place = 0; place < area; place++) {
                        turned[(place * channels + c) * out + o] = stored[(o * channels + c) * area + place];
                    }
                }
            }
            write(channel, turned, turned.length);
        };
    }

    /** @return all elements of a tensor that is small by its nature: a vector, a table of one row a token */
    float[] all(String name) throws IOException {
        float[] elements = new float[Math.toIntExact(info(name).elements())];
        checkpoint.read(name, 0, elements, 0, elements.length);
        return elements;
    }

    /** @return rows of a stored matrix, one after the other */
    float[] rows(String name, int... rows) throws IOException {
        int width = Math.toIntExact(info(name).shape().get(1));
        float[] elements = new float[Math.multiplyExact(rows.length, width)];
        for (int i = 0; i < rows.length; i++) {
            checkpoint.read(name, (long) rows[i] * width, elements, i * width, width);
        }
        return elements;
    }

    /** Reads {@code count} rows of a stored matrix, from row {@code first} on. */
    void readRows(String name, int first, int count, float[] target) throws IOException {
        readRows(name, first, count, target, 0);
    }

    /** Reads {@code count} rows of a stored matrix, from row {@code first} on, to a place in {@code target}. */
    void readRows(String name, int first, int count, float[] target, int at) throws IOException {
        int width = Math.toIntExact(info(name).shape().get(1));
        checkpoint.read(name, (long) first * width, target, at, Math.multiplyExact(count, width));
    }

    private TensorInfo info(String name) {
        TensorInfo info = checkpoint.tensors().get(name);
        if (info == null) {
            throw new IllegalArgumentException("no tensor is called " + name);
        }
        return info;
    }

    /** Writes the first {@code count} elements, little-endian, piece by piece. */
    static void write(WritableByteChannel channel, float[] elements, int count) throws IOException {
        ByteBuffer piece =
                ByteBuffer.allocate(Math.min(count, PIECE_FLOATS) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int first = 0; first < count; first += PIECE_FLOATS) {
            int some = Math.min(PIECE_FLOATS, count - first);
            piece.clear().limit(some * Float.BYTES);
            piece.asFloatBuffer().put(elements, first, some);
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
        }
    }
}
