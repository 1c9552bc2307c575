package org.loupe.dataset.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.loupe.decode.Frame;
import org.loupe.preprocess.AreaResizer;
import org.loupe.training.data.Distortion;

class NearDuplicatesTest {
    private static final int SCENES = 25;

    @Test
    void findsReencodedReducedAndCroppedCopiesAndNothingElse() {
        List<Thumbnail> pictures = new ArrayList<>(LongStream.range(0, SCENES)
                .mapToObj(seed -> Thumbnail.of(scene(seed)))
                .toList());
        pictures.add(Thumbnail.of(Distortion.JPEG.apply(scene(3), 3, 1)));
        pictures.add(Thumbnail.of(AreaResizer.reduce(scene(7), 90, 60)));
        pictures.add(Thumbnail.of(Scenes.cropped(scene(11), 0.04)));
        pictures.add(Thumbnail.of(Distortion.BLUR.apply(scene(15), 3, 1)));
        assertThat(NearDuplicates.find(pictures, done -> {}))
                .extracting(pair -> pair.first() + "-" + pair.second())
                .containsExactly("3-25", "7-26", "11-27", "15-28");
    }

    @Test
    void findsMirroredCopiesEvenReencodedReducedAndCropped() {
        List<Thumbnail> pictures = new ArrayList<>(LongStream.range(0, SCENES)
                .mapToObj(seed -> Thumbnail.of(scene(seed)))
                .toList());
        pictures.add(Thumbnail.of(Distortion.JPEG.apply(Scenes.mirrored(scene(3)), 3, 1)));
        pictures.add(Thumbnail.of(Scenes.mirrored(AreaResizer.reduce(scene(7), 90, 60))));
        pictures.add(Thumbnail.of(Scenes.mirrored(Scenes.cropped(scene(11), 0.04))));
        pictures.add(Thumbnail.of(Distortion.JPEG.apply(scene(12), 2, 1)));
        assertThat(NearDuplicates.find(pictures, done -> {}))
                .extracting(pair -> pair.first() + "-" + pair.second() + (pair.mirrored() ? " mirrored" : ""))
                .containsExactly("3-25 mirrored", "7-26 mirrored", "11-27 mirrored", "12-28");
    }

    @Test
    void aMirrorsMirrorIsThePictureItself() {
        Thumbnail picture = Thumbnail.of(scene(5));
        assertThat(Alignment.similarity(picture.mirrored(), picture)).isLessThan(NearDuplicates.SIMILAR);
        assertThat(picture.mirrored().mirrored().layoutSimilarity(picture))
                .isEqualTo(picture.layoutSimilarity(picture));
        assertThat(Alignment.similarity(picture.mirrored(), Thumbnail.of(Scenes.mirrored(scene(5)))))
                .isGreaterThan(0.99);
    }

    @Test
    void aCropIsAsSimilarWhicheverComesFirst() {
        Thumbnail whole = Thumbnail.of(scene(1));
        Thumbnail crop = Thumbnail.of(Scenes.cropped(scene(1), 0.05));
        assertThat(Alignment.similarity(whole, crop)).isEqualTo(Alignment.similarity(crop, whole));
        assertThat(Alignment.similarity(whole, crop)).isGreaterThan(NearDuplicates.SIMILAR);
    }

    @Test
    void flatPicturesResembleNothing() {
        Thumbnail grey = Thumbnail.of(new Frame(40, 30, new byte[40 * 30 * 3]));
        Thumbnail other = Thumbnail.of(new Frame(64, 64, new byte[64 * 64 * 3]));
        assertThat(NearDuplicates.find(List.of(grey, other), done -> {})).isEmpty();
    }

    private static Frame scene(long seed) {
        return Scenes.scene(seed, 180, 120);
    }
}
