package org.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.device.Device;
import org.loupe.device.NvidiaFindings;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** What the choice of a device means on a machine without a GPU, whichever natives are on the class path. */
class DeviceTest {
    @ParameterizedTest
    @ValueSource(strings = {"cuda", "cuda:3", "cuda:0,cuda:1", "cuda:all"})
    void aGpuThatIsNotThereIsNeverReplacedSilently(String device) {
        assumeNoGpu();
        try (ModelPackage model = tiny()) {
            assertThatThrownBy(() -> OrtEngine.openAll(model, EngineConfig.DEFAULT.withDevice(device)))
                    .isInstanceOfSatisfying(ScoringException.class, e -> assertThat(e.reason())
                            .isEqualTo(ErrorReason.DEVICE_UNAVAILABLE))
                    .hasMessageContaining("no NVIDIA driver")
                    .hasMessageContaining("loupe doctor");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "cpu"})
    void withoutAGpuModelsRunOnTheProcessor(String device) {
        assumeNoGpu();
        try (ModelPackage model = tiny();
                Engine engine = OrtEngine.openAll(model, EngineConfig.DEFAULT.withDevice(device))) {
            assertThat(engine.devices()).containsExactly(Device.CPU);
        }
    }

    @Test
    void refusesADeviceNobodyKnows() {
        assertThatThrownBy(() -> EngineConfig.DEFAULT.withDevice("cuda:x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cuda:all");
    }

    private static void assumeNoGpu() {
        assumeFalse(NvidiaFindings.look().driverPresent(), "this machine has a GPU");
    }

    private static ModelPackage tiny() {
        return ModelPackage.open(
                Path.of(Objects.requireNonNull(DeviceTest.class.getResource("/models/tiny-align/model.json"))
                                .getPath())
                        .resolveSibling(""));
    }
}
