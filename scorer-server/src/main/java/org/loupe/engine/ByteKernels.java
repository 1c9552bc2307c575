package org.loupe.engine;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether the runtime's products of unsigned activations and signed weights add up exactly on this processor. Where it has no instruction for
 * them (x86 without VNNI), the runtime adds pairs in 16 bits, and large ones saturate without a word: scores would be wrong, not refused. So a
 * product of the largest numbers is computed once a process, and sessions are told to take the slower, exact way where it comes out wrong.
 */
final class ByteKernels {
    private static final String GRAPH = "exact-sums.onnx";
    private static final int IN = 64;
    private static final int ACTIVATION = 255;
    private static final int WEIGHT = 127;

    private static volatile @Nullable ByteKernels known;

    private final boolean exact;

    private ByteKernels(boolean exact) {
        this.exact = exact;
    }

    /** @throws OrtException if the runtime cannot run at all */
    static boolean exact(OrtEnvironment environment) throws OrtException {
        ByteKernels found = known;
        if (found == null) {
            found = new ByteKernels(probe(environment, false));
            known = found;
        }
        return found.exact;
    }

    /** @param careful whether to ask for the slower way */
    static boolean probe(OrtEnvironment environment, boolean careful) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            if (careful) {
                beCareful(options);
            }
            try (OrtSession session = environment.createSession(graph(), options)) {
                return run(environment, session);
            }
        }
    }

    /** Makes a session multiply bytes in the way that is exact on every processor. */
    static void beCareful(OrtSession.SessionOptions options) throws OrtException {
        options.addConfigEntry("session.x64quantprecision", "1");
    }

    private static boolean run(OrtEnvironment environment, OrtSession session) throws OrtException {
        ByteBuffer row = ByteBuffer.allocateDirect(IN);
        while (row.hasRemaining()) {
            row.put((byte) ACTIVATION);
        }
        try (OnnxTensor x = OnnxTensor.createTensor(environment, row.flip(), new long[] {1, IN}, OnnxJavaType.UINT8);
                OrtSession.Result result = session.run(Map.of("x", x))) {
            for (float sum : ((float[][]) result.get(0).getValue())[0]) {
                if (sum != ACTIVATION * WEIGHT * IN) {
                    return false;
                }
            }
            return true;
        }
    }

    private static byte[] graph() {
        try (InputStream in = ByteKernels.class.getResourceAsStream(GRAPH)) {
            if (in == null) {
                throw new IllegalStateException(GRAPH + " is missing from the program");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
