package org.loupe.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.loupe.json.ScoreJson;
import org.loupe.score.Score;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;

/** How {@code score} prints a record. One record is one line in every format; only in a table a clip's timeline stands below its line. */
enum OutputFormat {
    /** For people: two decimals and the word. */
    TABLE {
        @Override
        Optional<String> header() {
            return Optional.of(String.format(Locale.ROOT, ROW, "QUALITY", "AESTHETICS", "FILE"));
        }

        @Override
        String scored(String path, ScoredMedia media) {
            String clip = media.frames() > 1 ? path + "  (" + media.frames() + " frames)" : path;
            String row = String.format(Locale.ROOT, ROW, cell(media, Task.QUALITY), cell(media, Task.AESTHETICS), clip);
            List<String> lines = new ArrayList<>(List.of(row));
            media.timeline()
                    .ifPresent(
                            timeline -> lines.addAll(TimelineText.ofTerminal().lines(timeline)));
            return String.join(System.lineSeparator(), lines);
        }

        @Override
        String failed(String path, ScoringException failure) {
            return String.format(
                    Locale.ROOT, ROW, "-", "-", path + "  " + failure.reason() + ": " + failure.getMessage());
        }

        private String cell(ScoredMedia media, Task task) {
            Score score = media.scores().get(task);
            return score == null
                    ? ""
                    : String.format(
                            Locale.ROOT, "%.2f %s", score.mos(), score.level().id());
        }
    },
    /** For programs: one object a line, numbers unrounded. */
    JSON {
        @Override
        Optional<String> header() {
            return Optional.empty();
        }

        @Override
        String scored(String path, ScoredMedia media) {
            return ScoreJson.scored(path, media);
        }

        @Override
        String failed(String path, ScoringException failure) {
            return ScoreJson.failed(path, failure);
        }
    },
    /** For spreadsheets: a header line, then one line a file; numbers unrounded, empty where there is none. */
    CSV {
        @Override
        Optional<String> header() {
            return Optional.of(
                    "path,media_type,frames,quality,quality_level,aesthetics,aesthetics_level,model,error,message");
        }

        @Override
        String scored(String path, ScoredMedia media) {
            return String.join(
                    ",",
                    quoted(path),
                    media.mediaType(),
                    String.valueOf(media.frames()),
                    columns(media, Task.QUALITY),
                    columns(media, Task.AESTHETICS),
                    quoted(media.model().toString()),
                    "",
                    "");
        }

        @Override
        String failed(String path, ScoringException failure) {
            return String.join(
                    ",",
                    quoted(path),
                    "",
                    "",
                    ",",
                    ",",
                    "",
                    failure.reason().name(),
                    quoted(String.valueOf(failure.getMessage())));
        }

        private String columns(ScoredMedia media, Task task) {
            Score score = media.scores().get(task);
            return score == null ? "," : score.mos() + "," + score.level().id();
        }

        /** RFC 4180, section 2: fields with commas, quotes or line breaks stand in quotes, quotes are doubled. */
        private String quoted(String field) {
            return field.matches("[^,\"\r\n]*") ? field : '"' + field.replace("\"", "\"\"") + '"';
        }
    };

    private static final String ROW = "%-15s %-15s %s";

    abstract Optional<String> header();

    abstract String scored(String path, ScoredMedia media);

    abstract String failed(String path, ScoringException failure);
}
