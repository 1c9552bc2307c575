package org.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import org.junit.jupiter.api.Test;

class ByteKernelsTest {
    @Test
    void carefulSumsAreExactOnEveryProcessor() throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "loupe");
        assertThat(ByteKernels.probe(environment, true)).isTrue();
        System.out.println("fast sums of bytes are exact here: " + ByteKernels.exact(environment));
    }
}
