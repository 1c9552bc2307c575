package org.loupe.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.loupe.digest.Sha256;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;
import org.loupe.training.loop.RunManifest;

/**
 * What is to be trained on what.
 *
 * @param recipe how
 * @param sets the rated pictures
 * @param clean clean photographs without ratings; empty takes the rated ones of the training part
 * @param teacher folder of the unpacked npm package of the pretrained network; null takes the network there is
 * @param large photographs of many megapixels on which agreement between sizes is measured; may be empty
 * @param group finds the collection in a picture's name; null for none
 * @param out the package to come
 * @param resume whether to go on with what a killed run left in {@code out}
 * @param command the command line as it should stand in the card
 */
record TrainRequest(
        Recipe.Source recipe,
        List<DataSet> sets,
        List<Path> clean,
        @Nullable Path teacher,
        List<Path> large,
        @Nullable Pattern group,
        Path out,
        boolean resume,
        String command) {

    /**
     * One labels file, divided.
     *
     * @param name for the reader
     * @param train learned from
     * @param val learned from only by the final fit, measured before that
     * @param test measured once at the end; empty unless asked for
     * @param weight how often one of its pictures is seen for each time one of a set of weight 1 is
     * @param digests of the files it was read from, by file name
     */
    record DataSet(
            String name,
            List<Rated> train,
            List<Rated> val,
            List<Rated> test,
            double weight,
            Map<String, String> digests) {

        /** @return what a run's manifest says of it; reads every medium once */
        RunManifest.DataSet recorded() {
            Map<String, String> all = new TreeMap<>(digests);
            all.put("pictures", pictures());
            Map<String, Integer> counts = new TreeMap<>();
            Map.of("train", train, "val", val, "test", test)
                    .forEach((part, items) ->
                            items.forEach(item -> counts.merge(item.task().id() + " " + part, 1, Integer::sum)));
            return new RunManifest.DataSet(name, all, counts);
        }

        /** One digest of all media and their names, whatever their order. */
        private String pictures() {
            Map<String, Path> files = new TreeMap<>();
            Stream.of(train, val, test).flatMap(List::stream).forEach(item -> files.put(item.name(), item.file()));
            StringBuilder all = new StringBuilder();
            files.forEach((file, path) -> {
                try {
                    all.append(file).append(' ').append(Sha256.hex(path)).append('\n');
                } catch (IOException e) {
                    throw ScoringException.cannotRead(path, e);
                }
            });
            return Sha256.hex(all.toString());
        }
    }

    /** @return the tasks that have ratings to learn from */
    List<Task> tasks() {
        return sets.stream()
                .flatMap(set -> set.train().stream())
                .map(Rated::task)
                .distinct()
                .sorted()
                .toList();
    }
}
