package org.loupe.training.head;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaSource;
import org.loupe.digest.Sha256;
import org.loupe.media.MediaTypes;
import org.loupe.preprocess.AreaResizer;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.Rated;
import org.loupe.training.data.ServedFrames;

/**
 * The views of a picture that training looks at: full size as the server would see it, its reductions, and chains of damaged copies.
 */
public final class PictureFeatures {
    private final FeatureReader reader;
    private final ServedFrames served;
    private final List<Integer> shortSides;

    /** @param shortSides reductions, pixels of the short side; those not below a picture's own are left out */
    public PictureFeatures(FeatureReader reader, ServedFrames served, List<Integer> shortSides) {
        this.reader = reader;
        this.served = served;
        this.shortSides = List.copyOf(shortSides);
    }

    /** One picture file, decoded at most once. */
    private final class Picture implements Supplier<Frame> {
        private final byte[] bytes;
        private final String digest;
        private @Nullable Frame frame;

        Picture(Path file) {
            try {
                this.bytes = Files.readAllBytes(file);
            } catch (IOException e) {
                throw ScoringException.cannotRead(file, e);
            }
            this.digest = Sha256.shortHex(bytes);
        }

        @Override
        public Frame get() {
            Frame decoded = frame;
            if (decoded == null) {
                decoded = served.of(MediaSource.of(bytes)).frames().get(0);
                frame = decoded;
            }
            return decoded;
        }
    }

    /**
     * @param weight how often the example is seen for each time one of weight 1 is
     * @return a still's raw features at full size, then of each reduction; a clip's features frame by frame
     */
    public Example example(Rated rated, double weight) {
        try {
            boolean still = MediaTypes.isStill(MediaTypes.detect(rated.file()));
            return new Example(rated, still ? sizes(rated.file()) : frames(rated.file()), !still, weight);
        } catch (ScoringException e) {
            throw rated.unreadable(e);
        }
    }

    private List<float[]> frames(Path clip) {
        List<float[]> rows = new ArrayList<>();
        List<Frame> frames = served.of(MediaSource.of(clip)).frames();
        String digest = digest(clip);
        for (int i = 0; i < frames.size(); i++) {
            Frame frame = frames.get(i);
            rows.add(reader.features(digest + " frame " + i, () -> frame));
        }
        return rows;
    }

    private static String digest(Path file) {
        try {
            return Sha256.hex(file).substring(0, 16);
        } catch (IOException e) {
            throw ScoringException.cannotRead(file, e);
        }
    }

    private List<float[]> sizes(Path file) {
        Picture picture = new Picture(file);
        List<float[]> rows = new ArrayList<>();
        rows.add(reader.features(picture.digest, picture));
        for (int side : shortSides) {
            String key = picture.digest + " " + side;
            if (reader.knows(key) || shortSide(picture.get()) > side) {
                rows.add(reader.features(key, () -> reduce(picture.get(), side)));
            }
        }
        return rows;
    }

    /**
     * Chains of one picture, best first: clean and three levels at full size; damaged and then reduced; reduced and then damaged.
     *
     * @param types the damage
     * @param seed what the damage leaves to chance, together with the picture's own bytes
     */
    public List<Chain> chains(Path file, List<Distortion> types, long seed) {
        Picture picture = new Picture(file);
        long own = seed ^ Long.parseUnsignedLong(picture.digest, 16);
        List<Chain> chains = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(own);
        for (Distortion type : types) {
            int side = 200 + random.nextInt(184); // between a thumbnail and the largest reduction training knows
            chains.add(new Chain(type, true, chain(picture, own, type, 0, false, 1, 3, 5)));
            chains.add(new Chain(type, false, chain(picture, own, type, side, false, 3, 5)));
            chains.add(new Chain(type, false, chain(picture, own, type, side, true, 2, 4)));
        }
        return chains;
    }

    /** @return clean, then the levels of one type at full size, as the held-out check of the order wants them */
    public List<float[]> fullSizeChain(Path file, Distortion type, long seed, int... levels) {
        Picture picture = new Picture(file);
        return chain(picture, seed ^ Long.parseUnsignedLong(picture.digest, 16), type, 0, false, levels);
    }

    private List<float[]> chain(
            Picture picture, long seed, Distortion type, int side, boolean reduceFirst, int... levels) {
        List<float[]> rows = new ArrayList<>();
        String clean = side == 0 ? picture.digest : picture.digest + " " + side;
        rows.add(reader.features(clean, () -> reduce(picture.get(), side)));
        for (int level : levels) {
            String key = clean + " " + type + level + (reduceFirst ? "a" : "b") + Long.toHexString(seed);
            rows.add(reader.features(key, () -> {
                Frame frame = picture.get();
                return reduceFirst
                        ? type.apply(reduce(frame, side), level, seed)
                        : reduce(type.apply(frame, level, seed), side);
            }));
        }
        return rows;
    }

    private static int shortSide(Frame frame) {
        return Math.min(frame.width(), frame.height());
    }

    /** @return the frame with that short side, proportions kept; unchanged for side 0 or where it is smaller already */
    static Frame reduce(Frame frame, int side) {
        if (side == 0 || shortSide(frame) <= side) {
            return frame;
        }
        double scale = side / (double) shortSide(frame);
        return AreaResizer.reduce(frame, Math.max(1, (int) Math.round(frame.width() * scale)), Math.max(1, (int)
                Math.round(frame.height() * scale)));
    }
}
