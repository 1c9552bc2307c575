package org.loupe.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.loupe.media.MediaTypes;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Rated;

/** The photographs that are damaged to learn what damage does. */
final class CleanPhotographs {
    private CleanPhotographs() {}

    /** @return those that are learned from, first by name */
    static List<Path> learned(TrainRequest request) {
        return learned(request.recipe().recipe().damage(), request.clean(), request.sets());
    }

    /** @return the same, before there is a request */
    static List<Path> learned(Recipe.Damage damage, List<Path> clean, List<TrainRequest.DataSet> sets) {
        List<Path> found = new ArrayList<>();
        if (clean.isEmpty()) {
            // nobody gave clean ones: the best rated are the nearest to clean there is
            return sets.stream()
                    .flatMap(set -> set.train().stream())
                    .sorted(Comparator.comparingDouble(Rated::mos).reversed().thenComparing(Rated::name))
                    .map(Rated::file)
                    .distinct()
                    .filter(file -> MediaTypes.isStill(MediaTypes.detect(file)))
                    .limit(damage.mostPictures())
                    .toList();
        }
        for (Path file : filesIn(damage, clean)) {
            if (!damage.heldOut().contains(file.getFileName().toString())) {
                found.add(file);
            }
        }
        return found.subList(0, Math.min(found.size(), damage.mostPictures()));
    }

    /** @return those kept out of training, on which the order of damage is checked */
    static List<Path> heldOut(TrainRequest request) {
        Recipe.Damage damage = request.recipe().recipe().damage();
        return filesIn(damage, request.clean()).stream()
                .filter(file -> damage.heldOut().contains(file.getFileName().toString()))
                .toList();
    }

    private static List<Path> filesIn(Recipe.Damage damage, List<Path> directories) {
        Pattern exclude = Pattern.compile(damage.exclude() == null ? "(?!)" : damage.exclude());
        List<Path> files = new ArrayList<>();
        for (Path directory : directories) {
            try (Stream<Path> list = Files.list(directory)) {
                list.filter(Files::isRegularFile)
                        .filter(file -> file.getFileName()
                                .toString()
                                .toLowerCase(Locale.ROOT)
                                .matches(".*\\.(jpe?g|png|webp)"))
                        .filter(file ->
                                !exclude.matcher(file.getFileName().toString()).find())
                        .sorted()
                        .forEach(files::add);
            } catch (IOException e) {
                throw new ScoringException(ErrorReason.IO_FAILED, "cannot list " + directory + ": " + e, e);
            }
        }
        return files;
    }
}
