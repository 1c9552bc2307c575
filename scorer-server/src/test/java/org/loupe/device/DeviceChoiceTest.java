package org.loupe.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceChoiceTest {
    @Test
    void aGpuWithoutNumberIsTheFirst() {
        assertThat(DeviceChoice.parse("cuda").cuda()).containsExactly(0);
    }

    @Test
    void severalGpusKeepTheirOrder() {
        assertThat(DeviceChoice.parse("cuda:2, cuda:0").cuda()).containsExactly(2, 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "gpu",
                "CUDA",
                "cuda:",
                "cuda:-1",
                "cuda:16",
                "cuda:0,cuda:0",
                "cuda,cuda:0",
                "cuda:0,",
                "cpu,cuda"
            })
    void refusesWhatIsNoDevice(String text) {
        assertThatThrownBy(() -> DeviceChoice.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
