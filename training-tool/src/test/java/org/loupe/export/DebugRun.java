package org.loupe.export;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.loupe.decode.Frame;

/** A graph opened so that values inside it can be looked at, whatever their rank. */
final class DebugRun implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    private final OrtSession session;

    DebugRun(Path directory) throws OrtException {
        session = environment.createSession(
                directory.resolve(GraphBuilder.GRAPH_FILE).toString(), options);
    }

    /** Flat outputs by name. */
    record Values(Map<String, float[]> byName) {
        float[] get(String name) {
            float[] value = byName.get(name);
            if (value == null) {
                throw new IllegalArgumentException(name + " was not asked for");
            }
            return value;
        }
    }

    /**
     * @param frames all of one size
     * @param rowFrames for each row the frames it looks at
     * @return the wanted outputs, flat
     */
    Values run(List<Frame> frames, long[][] rowFrames, long[] rowPrompt, Set<String> wanted) throws OrtException {
        ByteBuffer pixels = pixels(frames);
        long[] shape = {frames.size(), frames.get(0).height(), frames.get(0).width(), 3};
        long[] flat = Arrays.stream(rowFrames).flatMapToLong(Arrays::stream).toArray();
        Map<String, float[]> values = new HashMap<>();
        try (OnnxTensor first = OnnxTensor.createTensor(environment, pixels, shape, OnnxJavaType.UINT8);
                OnnxTensor second = OnnxTensor.createTensor(
                        environment, LongBuffer.wrap(flat), new long[] {rowFrames.length, rowFrames[0].length});
                OnnxTensor third = OnnxTensor.createTensor(environment, rowPrompt);
                OrtSession.Result result =
                        session.run(Map.of("pixels", first, "row_frames", second, "row_prompt", third), wanted)) {
            for (String name : wanted) {
                values.put(
                        name,
                        ((OnnxTensor) result.get(name).orElseThrow())
                                .getFloatBuffer()
                                .array());
            }
        }
        return new Values(values);
    }

    static ByteBuffer pixels(List<Frame> frames) {
        ByteBuffer pixels =
                ByteBuffer.allocateDirect(frames.size() * frames.get(0).rgb().length);
        frames.forEach(frame -> pixels.put(frame.rgb()));
        return pixels.flip();
    }

    @Override
    public void close() throws OrtException {
        try {
            session.close();
        } finally {
            options.close();
        }
    }
}
