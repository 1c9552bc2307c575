package org.loupe.golden;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * A picture two packages are compared on.
 *
 * @param name for messages
 * @param frame draws or decodes it anew each time: hundreds of photographs would not fit into memory together
 */
record StudyPicture(String name, Supplier<Frame> frame) {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 480;
    private static final int MOST_SHAPES = 60;

    /**
     * Pictures with large and small shapes, gradients and grain, the same on every machine; each differs from the others in colours, detail
     * and noise, as photographs do.
     */
    static List<StudyPicture> synthetic(int count) {
        List<StudyPicture> pictures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long seed = i;
            pictures.add(new StudyPicture("synthetic " + i, () -> draw(new SplittableRandom(seed))));
        }
        return pictures;
    }

    /**
     * The first photographs of a folder by name.
     *
     * @return pictures whose {@link #frame} throws MEDIA_CORRUPT and the like where a file cannot be decoded
     * @throws ScoringException INVALID_REQUEST if there is none
     */
    static List<StudyPicture> in(Path folder, int most) {
        MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
        try (Stream<Path> files = Files.list(folder)) {
            List<StudyPicture> pictures = new ArrayList<>();
            for (Path file :
                    files.filter(Files::isRegularFile).sorted().limit(most).toList()) {
                pictures.add(new StudyPicture(String.valueOf(file.getFileName()), () -> decoder.decode(
                                MediaSource.of(file), DecodeRequest.FULL)
                        .frames()
                        .get(0)));
            }
            if (pictures.isEmpty()) {
                throw new ScoringException(ErrorReason.INVALID_REQUEST, "there is no photograph in " + folder);
            }
            return pictures;
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot list " + folder + ": " + e.getMessage(), e);
        }
    }

    private static Frame draw(SplittableRandom random) {
        float[] canvas = new float[WIDTH * HEIGHT * 3];
        float[][] corners = new float[4][];
        for (int c = 0; c < corners.length; c++) {
            corners[c] = colour(random);
        }
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                float u = x / (float) WIDTH;
                float v = y / (float) HEIGHT;
                for (int c = 0; c < 3; c++) {
                    canvas[(y * WIDTH + x) * 3 + c] = (1 - v) * ((1 - u) * corners[0][c] + u * corners[1][c])
                            + v * ((1 - u) * corners[2][c] + u * corners[3][c]);
                }
            }
        }
        int shapes = 3 + random.nextInt(MOST_SHAPES);
        for (int s = 0; s < shapes; s++) {
            ellipse(canvas, random);
        }
        float grain = random.nextInt(3) * 9f;
        byte[] rgb = new byte[canvas.length];
        for (int i = 0; i < rgb.length; i++) {
            float noisy = canvas[i] + grain * (random.nextFloat() + random.nextFloat() - 1);
            rgb[i] = (byte) Math.max(0, Math.min(255, Math.round(noisy)));
        }
        return new Frame(WIDTH, HEIGHT, rgb);
    }

    private static void ellipse(float[] canvas, SplittableRandom random) {
        float[] colour = colour(random);
        float radiusX = 4 + random.nextInt(WIDTH / 4);
        float radiusY = 4 + random.nextInt(HEIGHT / 4);
        int middleX = random.nextInt(WIDTH);
        int middleY = random.nextInt(HEIGHT);
        float softness = 0.02f + random.nextFloat() * 0.5f;
        for (int y = Math.max(0, (int) (middleY - radiusY)); y < Math.min(HEIGHT, middleY + radiusY); y++) {
            for (int x = Math.max(0, (int) (middleX - radiusX)); x < Math.min(WIDTH, middleX + radiusX); x++) {
                float dx = (x - middleX) / radiusX;
                float dy = (y - middleY) / radiusY;
                float inside = Math.max(0, Math.min(1, (1 - dx * dx - dy * dy) / softness));
                for (int c = 0; c < 3; c++) {
                    int at = (y * WIDTH + x) * 3 + c;
                    canvas[at] += inside * (colour[c] - canvas[at]);
                }
            }
        }
    }

    private static float[] colour(SplittableRandom random) {
        return new float[] {random.nextInt(256), random.nextInt(256), random.nextInt(256)};
    }
}
