package org.loupe.training.student;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.loupe.decode.Frame;
import org.loupe.preprocess.AreaResizer;
import org.loupe.training.data.Distortion;
import org.loupe.training.teacher.Teacher;

/**
 * How a picture is shown: first as the server sees it, then mirrored or not, smaller, damaged or not. Everything is cut to whole cells.
 *
 * @param crop the shortest side a view may have, pixels
 * @param damage ways of damage; empty damages nothing
 * @param damaged share of the views after the first that are damaged, 0..1
 */
record Views(int crop, List<Distortion> damage, double damaged) {
    // A lesson of this size is a megabyte; wider pictures show a part, another one in every view.
    private static final int LONGEST = 512;

    private static final int LEVELS = 5;

    Views {
        damage = List.copyOf(damage);
    }

    /** @return nothing where the picture is too small */
    Optional<Frame> of(Frame picture, int view, SplittableRandom random) {
        Frame seen = view == 0 ? picture : changed(picture, random);
        int width = Math.min(LONGEST, seen.width() / Teacher.CELL * Teacher.CELL);
        int height = Math.min(LONGEST, seen.height() / Teacher.CELL * Teacher.CELL);
        if (Math.min(width, height) < crop) {
            return Optional.empty();
        }
        return Optional.of(part(
                seen,
                random.nextInt(seen.width() - width + 1),
                random.nextInt(seen.height() - height + 1),
                width,
                height));
    }

    private Frame changed(Frame picture, SplittableRandom random) {
        Frame seen = random.nextBoolean() ? mirrored(picture) : picture;
        boolean damageFirst = random.nextBoolean();
        Frame first = damageFirst ? damaged(seen, random) : seen;
        int own = Math.min(first.width(), first.height());
        int side = own <= crop ? own : crop + random.nextInt(own - crop + 1);
        Frame smaller = side == own ? first : reduced(first, side / (double) own);
        return damageFirst ? smaller : damaged(smaller, random);
    }

    private Frame damaged(Frame frame, SplittableRandom random) {
        if (damage.isEmpty() || random.nextDouble() >= damaged) {
            return frame;
        }
        Distortion type = damage.get(random.nextInt(damage.size()));
        return type.apply(frame, 1 + random.nextInt(LEVELS), random.nextLong());
    }

    private static Frame reduced(Frame frame, double scale) {
        return AreaResizer.reduce(
                frame, (int) Math.ceil(frame.width() * scale), (int) Math.ceil(frame.height() * scale));
    }

    private static Frame mirrored(Frame frame) {
        byte[] rgb = new byte[frame.rgb().length];
        for (int y = 0; y < frame.height(); y++) {
            for (int x = 0; x < frame.width(); x++) {
                int to = (y * frame.width() + frame.width() - 1 - x) * 3;
                System.arraycopy(frame.rgb(), (y * frame.width() + x) * 3, rgb, to, 3);
            }
        }
        return new Frame(frame.width(), frame.height(), rgb);
    }

    static Frame part(Frame frame, int left, int top, int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            System.arraycopy(frame.rgb(), ((top + y) * frame.width() + left) * 3, rgb, y * width * 3, width * 3);
        }
        return new Frame(width, height, rgb);
    }
}
