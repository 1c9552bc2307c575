package org.loupe.dataset.convert;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Scale;

/** AVA. */
final class AvaSet implements PublishedSet {
    private static final String SCORES = "AVA.txt";
    private static final String TRAIN = "generic_ls_train.jpgl";
    private static final String TEST = "generic_test.jpgl";
    private static final int STEPS = 10;
    /** Running number, picture, ten counts; tags and challenge follow. */
    private static final int FIRST_COUNT = 2;

    @Override
    public String id() {
        return "ava";
    }

    @Override
    public String files() {
        return SCORES + ", " + TRAIN + " and " + TEST + " for the official split, pictures as <id>.jpg anywhere below";
    }

    @Override
    public String origin() {
        return "the lists from the authors (Murray, Marchesotti, Perronnin, CVPR 2012); the pictures are their"
                + " photographers' and were collected from dpchallenge.com";
    }

    @Override
    public Conversion read(SetFiles files) {
        Map<String, String> splits = new HashMap<>();
        Optional<Path> test = files.find(TEST);
        files.find(TRAIN).ifPresent(file -> lines(file).forEach(id -> splits.put(id, "train")));
        test.ifPresent(file -> lines(file).forEach(id -> splits.put(id, "test")));
        Conversion conversion = new Conversion(Task.AESTHETICS, new Scale(1, STEPS));
        int line = 0;
        int outside = 0;
        for (String text : lines(files.labels(SCORES))) {
            line++;
            String[] cells = text.split("\\s+", -1);
            if (cells.length < FIRST_COUNT + STEPS) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        SCORES + " line " + line + " has " + cells.length + " numbers, not a picture and ten counts");
            }
            String id = cells[1];
            if (!splits.isEmpty() && !splits.containsKey(id)) {
                outside++; // the official lists leave some hundred out
                continue;
            }
            List<Integer> votes = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                votes.add((int) Cells.number(cells[FIRST_COUNT + step], "count " + (step + 1), line));
            }
            conversion.votes(id + ".jpg", files.picture(id + ".jpg"), votes).ifPresent(file -> {
                String split = splits.get(id);
                if (split != null) {
                    conversion.split(file, split);
                }
            });
        }
        conversion.note(
                "aesthetics: single votes 1 (worst) to 10 (best) of members of a photography site, high is good");
        if (splits.isEmpty()) {
            conversion.note("no " + TRAIN + " and " + TEST + " were found, so there is no official split");
        } else if (outside > 0) {
            conversion.note(outside + " pictures in neither list are left out");
        }
        return conversion;
    }

    private static List<String> lines(Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            return reader.lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw ScoringException.cannotRead(file, e);
        }
    }
}
