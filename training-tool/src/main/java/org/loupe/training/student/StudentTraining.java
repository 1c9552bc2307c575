package org.loupe.training.student;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.loupe.digest.Sha256;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.head.FitKeeper;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.loop.LoopListener;
import org.loupe.training.loop.TrainingLoop;
import org.loupe.training.teacher.Teacher;

/**
 * Teaches the convolutional part, from pictures alone: no rating is looked at, so one network serves all folds of a cross-validation. A run
 * that is killed goes on where it was, with the lessons it has.
 */
public final class StudentTraining {
    /** Name of the fit in log and check points. */
    public static final String FIT = "student";

    private final StudentRecipe recipe;
    private final List<Distortion> damage;
    private final ServedFrames served;
    private final long seed;
    private final int threads;

    /**
     * @param damage ways in which views are damaged
     * @param served decodes pictures as the server does
     * @param seed everything random follows from it and from the pictures
     * @param threads pictures shown to the teacher at a time
     */
    public StudentTraining(StudentRecipe recipe, List<Distortion> damage, ServedFrames served, long seed, int threads) {
        this.recipe = recipe;
        this.damage = List.copyOf(damage);
        this.served = served;
        this.seed = seed;
        this.threads = threads;
    }

    /** Told how far it is. */
    public interface Watcher extends LoopListener {
        /** @param pictures the teacher has seen all views of */
        void shown(int pictures, int all);
    }

    /**
     * @param teacher stays the caller's
     * @param pictures stills; those too small for a crop are left out
     * @param directory where the lessons are kept, some megabytes for each picture; made if absent
     * @param keeper of check points and log; stays the caller's
     * @throws ScoringException INVALID_REQUEST if no picture is large enough; what decoding and training throw
     */
    public Network teach(Teacher teacher, List<Path> pictures, Path directory, FitKeeper keeper, Watcher watcher) {
        List<Path> sorted =
                pictures.stream().distinct().sorted().toList(); // in which order they are given changes nothing
        try (LessonBook book = lessons(teacher, sorted, directory, watcher)) {
            return learn(
                    book, heldOut(sorted.size()), identity(teacher, sorted) + " " + recipe.learning(), keeper, watcher);
        }
    }

    /** @return the complete book; the caller closes it */
    LessonBook lessons(Teacher teacher, List<Path> pictures, Path directory, Watcher watcher) {
        try {
            String name = "lessons-" + identity(teacher, pictures).substring(0, 16) + ".bin";
            LessonBook book = LessonBook.open(Files.createDirectories(directory).resolve(name));
            try {
                Views views = new Views(recipe.crop(), damage, recipe.damaged());
                IntConsumer after = done -> watcher.shown(done, pictures.size());
                new LessonWriter(teacher, served, views, recipe.views(), seed).write(book, pictures, threads, after);
                return book;
            } catch (RuntimeException e) {
                book.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot write to " + directory + ": " + e, e);
        }
    }

    /** @param heldOut places of the pictures that are not learned from */
    Network learn(LessonBook book, Set<Integer> heldOut, String identity, FitKeeper keeper, LoopListener watcher) {
        List<LessonBook.Entry> learned = new ArrayList<>();
        List<LessonBook.Entry> measured = new ArrayList<>();
        List<LessonBook.Entry> whole = new ArrayList<>();
        for (LessonBook.Entry entry : book.entries()) {
            if (!entry.isEmpty()) {
                boolean held = heldOut.contains(entry.picture());
                if (!held) {
                    learned.add(entry);
                } else if (entry.view() == 0) {
                    measured.add(entry);
                }
                if (entry.view() == 0) {
                    whole.add(entry);
                }
            }
        }
        if (learned.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "no picture has a short side of " + recipe.crop()
                            + " pixels or more: give larger ones or a smaller crop");
        }
        LoopConfig config = recipe.loop()
                .with("seed", seed)
                .with("keep-best", 0)
                .with("patience", 0)
                .with("watch", "explained");
        torch.manual_seed(seed);
        try (PointerScope run = new PointerScope()) {
            StudentTrainable student = new StudentTrainable(recipe, book, learned, measured);
            TrainingLoop loop = keeper.keep(new TrainingLoop(config, FIT), FIT, identity);
            keeper.ended(FIT, loop.watchedBy(watcher).run(student));
            return student.learned(whole);
        }
    }

    /** @return places of the pictures that are not learned from */
    private Set<Integer> heldOut(int pictures) {
        SplittableRandom random = new SplittableRandom(seed);
        Set<Integer> held = new HashSet<>();
        for (int i = 0; i < pictures; i++) {
            if (random.nextDouble() < recipe.heldOut()) {
                held.add(i);
            }
        }
        return held;
    }

    /** All that the lessons depend on; what only the network depends on is in the loop's own identity. */
    private String identity(Teacher teacher, List<Path> pictures) {
        StringBuilder all = new StringBuilder();
        all.append(teacher.digest())
                .append(' ')
                .append(recipe.views())
                .append(' ')
                .append(recipe.damaged())
                .append(' ')
                .append(recipe.crop())
                .append(' ')
                .append(damage)
                .append(' ')
                .append(seed)
                .append('\n');
        try {
            for (Path picture : pictures) {
                all.append(Sha256.hex(picture)).append('\n');
            }
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read the pictures: " + e, e);
        }
        return Sha256.hex(all.toString());
    }
}
