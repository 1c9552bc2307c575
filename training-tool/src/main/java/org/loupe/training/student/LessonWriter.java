package org.loupe.training.student;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaSource;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.teacher.Teacher;

/** Shows pictures to the teacher and writes down what it says. */
final class LessonWriter {
    private final Teacher teacher;
    private final ServedFrames served;
    private final Views views;
    private final int viewsOfEach;
    private final long seed;

    LessonWriter(Teacher teacher, ServedFrames served, Views views, int viewsOfEach, long seed) {
        this.teacher = teacher;
        this.served = served;
        this.views = views;
        this.viewsOfEach = viewsOfEach;
        this.seed = seed;
    }

    /**
     * Completes a book. Which views a picture gets follows from its bytes and the seed.
     *
     * @param threads pictures shown at a time
     * @param after called with the number of finished pictures
     */
    void write(LessonBook book, List<Path> pictures, int threads, IntConsumer after) {
        int next = book.entries().size() / viewsOfEach;
        int begun = book.entries().size() % viewsOfEach;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            // a picture's lessons are some megabytes: no more wait to be written than are in the making
            Queue<Future<List<@Nullable Lesson>>> shown = new ArrayDeque<>();
            for (int picture = next; next < pictures.size(); next++) {
                for (; picture < pictures.size() && shown.size() < 2 * threads; picture++) {
                    Path file = pictures.get(picture);
                    shown.add(executor.submit(() -> show(file)));
                }
                List<@Nullable Lesson> lessons = shown.remove().get();
                for (int view = begun; view < viewsOfEach; view++) {
                    book.add(next, view, lessons.get(view));
                }
                begun = 0;
                after.accept(next + 1);
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ScoringException known) {
                throw known;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ScoringException(ErrorReason.CANCELLED, "training was interrupted", e);
        } finally {
            executor.shutdownNow();
        }
    }

    private List<@Nullable Lesson> show(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            Frame picture = served.of(MediaSource.of(bytes)).frames().get(0);
            SplittableRandom random = new SplittableRandom(seed ^ Long.parseUnsignedLong(Sha256.shortHex(bytes), 16));
            List<@Nullable Lesson> lessons = new ArrayList<>();
            for (int view = 0; view < viewsOfEach; view++) {
                Optional<Frame> seen = views.of(picture, view, random.split());
                lessons.add(seen.map(frame -> new Lesson(frame, new Said(teacher.cells(frame))))
                        .orElse(null));
            }
            return lessons;
        } catch (IOException e) {
            throw ScoringException.cannotRead(file, e);
        }
    }
}
