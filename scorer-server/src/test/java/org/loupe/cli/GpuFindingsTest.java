package org.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.loupe.device.CudaLibraries;
import org.loupe.device.NvidiaFindings;

class GpuFindingsTest {
    private static final NvidiaFindings NONE = new NvidiaFindings(Optional.empty(), List.of(), Optional.empty());
    private static final NvidiaFindings H100 = new NvidiaFindings(
            Optional.of("580.65.06"),
            List.of(new NvidiaFindings.Gpu("NVIDIA H100", OptionalLong.of(80L << 30), Optional.of("9.0"))),
            Optional.empty());

    @Test
    void aMachineWithoutGpuIsInOrder() {
        GpuFindings found = GpuFindings.of(NONE, 0);

        assertThat(found.findings()).allMatch(finding -> finding.state() == DoctorCommand.State.OK);
        assertThat(found.worthTrying()).isFalse();
    }

    @Test
    void anIdleGpuIsAdviceAndNamesTheCommand() {
        GpuFindings found = GpuFindings.of(H100, 0);

        assertThat(found.findings())
                .anySatisfy(
                        finding -> assertThat(finding.text()).isEqualTo("NVIDIA H100, 80 GiB, compute capability 9.0"))
                .anySatisfy(finding -> {
                    assertThat(finding.state()).isEqualTo(DoctorCommand.State.ADVICE);
                    assertThat(finding.text()).contains("LOUPE_CUDA=");
                })
                .noneMatch(finding -> finding.state() == DoctorCommand.State.BROKEN);
        assertThat(found.worthTrying()).isFalse();
    }

    @Test
    void librariesThatThisBuildNeedsAndMissesAreBrokenAndSayWhatToInstall() {
        GpuFindings found = GpuFindings.of(H100, 12);

        if (!CudaLibraries.CUDA_12.missing().isEmpty()) {
            assertThat(found.findings()).anySatisfy(finding -> {
                assertThat(finding.check()).isEqualTo("cuda 12");
                assertThat(finding.state()).isEqualTo(DoctorCommand.State.BROKEN);
                assertThat(finding.text()).startsWith("missing: ").contains(".so");
            });
        }
        assertThat(found.worthTrying()).isTrue();
    }

    @Test
    void aDriverThatIsTooOldIsNamed() {
        NvidiaFindings old = new NvidiaFindings(Optional.of("470.82"), List.of(), Optional.empty());
        assertThat(GpuFindings.of(old, 0).findings())
                .anySatisfy(finding -> assertThat(finding.text()).contains("too old for CUDA 12"));
    }
}
