package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.loupe.checkpoint.OneAlignConfig;

class PrecisionChoiceTest {
    private static final long GIB = 1L << 30;

    @Test
    void theWholeModelIsEightBitsWhereItFitsAndFourWhereItDoesNot() {
        assertThat(PrecisionChoice.onProcessor(OneAlignConfig.ONE_ALIGN, OptionalLong.of(24 * GIB)))
                .isEqualTo(Precision.INT8);
        assertThat(PrecisionChoice.onProcessor(OneAlignConfig.ONE_ALIGN, OptionalLong.of(8 * GIB)))
                .isEqualTo(Precision.INT4);
    }

    @Test
    void aMachineThatDoesNotTellIsTakenForLargeEnough() {
        assertThat(PrecisionChoice.onProcessor(OneAlignConfig.ONE_ALIGN, OptionalLong.empty()))
                .isEqualTo(Precision.INT8);
    }

    @Test
    void aSmallNetworkFitsAnywhere() {
        assertThat(PrecisionChoice.onProcessor(OneAlignConfig.TINY, OptionalLong.of(2 * GIB)))
                .isEqualTo(Precision.INT8);
    }
}
