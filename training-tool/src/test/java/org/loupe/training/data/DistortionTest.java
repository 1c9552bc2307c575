package org.loupe.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.loupe.decode.Frame;

class DistortionTest {
    private static final Frame PHOTO = TestPictures.photo(3, 192, 128);

    @ParameterizedTest
    @EnumSource(Distortion.class)
    void growsWithTheLevel(Distortion type) {
        for (long seed = 1; seed <= 6; seed++) {
            double before = 0;
            for (int level = 1; level <= Distortion.LEVELS; level++) {
                double damage = difference(PHOTO, type.apply(PHOTO, level, seed));
                assertThat(damage).as("%s level %d, seed %d", type, level, seed).isGreaterThan(before);
                before = damage;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Distortion.class)
    void repeatsItselfForOneSeedAndLeavesThePictureAlone(Distortion type) {
        byte[] before = PHOTO.rgb().clone();
        assertThat(type.apply(PHOTO, 3, 5).rgb())
                .isEqualTo(type.apply(PHOTO, 3, 5).rgb());
        assertThat(PHOTO.rgb()).isEqualTo(before);
    }

    @Test
    void drawsTheKindOfNoiseFromTheSeed() {
        assertThat(Distortion.NOISE.apply(PHOTO, 3, 1).rgb())
                .isNotEqualTo(Distortion.NOISE.apply(PHOTO, 3, 2).rgb());
    }

    @Test
    void keepsOddSizes() {
        Frame odd = TestPictures.photo(1, 61, 47);
        for (Distortion type : Distortion.values()) {
            Frame damaged = type.apply(odd, 5, 1);
            assertThat(damaged.width()).as(type.name()).isEqualTo(61);
            assertThat(damaged.height()).as(type.name()).isEqualTo(47);
        }
    }

    private static double difference(Frame a, Frame b) {
        double sum = 0;
        for (int i = 0; i < a.rgb().length; i++) {
            double d = (a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff);
            sum += d * d;
        }
        return sum / a.rgb().length;
    }
}
