package org.loupe.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaSource;
import org.loupe.modelpackage.Manifest;
import org.loupe.preprocess.Preprocessors;

class ServedFramesTest {
    private static final int SIDE = 48;

    private final ServedFrames served = new ServedFrames(
            Preprocessors.of(new Manifest.Input(Manifest.Mode.NATIVE, null, null, 512, 1024, null, null, "area")));

    @Test
    void aClipGivesOneFrameASecond() {
        ServedFrames.Shown shown = served.of(MediaSource.of(clip(7)));
        assertThat(shown.clip()).isTrue();
        assertThat(greys(shown)).hasSize(7);
        for (int second = 0; second < 7; second++) {
            assertThat(greys(shown).get(second)).isCloseTo(grey(second), within(4));
        }
    }

    @Test
    void aLongClipIsThinnedEvenly() {
        List<Integer> greys = greys(served.of(MediaSource.of(clip(75))));
        assertThat(greys).hasSize(19); // every fourth second
        for (int i = 0; i < greys.size(); i++) {
            assertThat(greys.get(i)).as("second %d", 4 * i).isCloseTo(grey(4 * i), within(4));
        }
    }

    @Test
    void countsWhatItShows() {
        for (int seconds : new int[] {1, 7, 32, 33, 64, 65, 75}) {
            MediaSource clip = MediaSource.of(clip(seconds));
            assertThat(served.count(clip))
                    .as(seconds + " s")
                    .isEqualTo(served.of(clip).frames().size());
        }
        assertThat(served.count(MediaSource.of(Pictures.encode(TestPictures.photo(1, 60, 40), ".jpg", 90))))
                .isEqualTo(1);
    }

    @Test
    void aStillIsOneFrame() {
        ServedFrames.Shown shown =
                served.of(MediaSource.of(Pictures.encode(TestPictures.photo(1, 60, 40), ".jpg", 90)));
        assertThat(shown.clip()).isFalse();
        assertThat(shown.frames()).singleElement().satisfies(frame -> {
            assertThat(frame.width()).isEqualTo(60);
            assertThat(frame.height()).isEqualTo(40);
        });
    }

    private static int grey(int second) {
        return 20 + 3 * second;
    }

    private static byte[] clip(int seconds) {
        return TestClips.avi(IntStream.range(0, seconds)
                .mapToObj(second -> {
                    byte[] rgb = new byte[SIDE * SIDE * 3];
                    java.util.Arrays.fill(rgb, (byte) grey(second));
                    return new Frame(SIDE, SIDE, rgb);
                })
                .toList());
    }

    private static List<Integer> greys(ServedFrames.Shown shown) {
        return shown.frames().stream().map(frame -> frame.rgb()[0] & 0xff).toList();
    }
}
