package org.loupe.adapter.folder.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.loupe.metadata.ScoreFields;

/** What the demo shows: one line a photograph, quality of the sound one and of its copies, aesthetics of the sound one. */
final class DemoTable {
    private final Map<Path, ScoreFields> scores;

    /** @param scores by file */
    DemoTable(Map<Path, ScoreFields> scores) {
        this.scores = Map.copyOf(scores);
    }

    /**
     * Compares and draws.
     *
     * @param lines to print
     * @param pairs comparisons of a photograph with a copy of it
     * @param wrong those in which the copy scored as high as the photograph, or one of both has no score
     */
    record Result(List<String> lines, int pairs, List<String> wrong) {}

    Result compare(List<DemoGallery.Entry> entries) {
        int width =
                entries.stream().mapToInt(entry -> entry.name().length()).max().orElse(0);
        List<String> lines = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        int pairs = 0;
        lines.add(pad("", width) + "  quality                                            aesthetics");
        lines.add(pad("photograph", width) + "  sound          blurred     noisy       compressed   sound");
        for (DemoGallery.Entry entry : entries) {
            Optional<Double> sound = quality(entry.sound());
            StringBuilder line = new StringBuilder(pad(entry.name(), width));
            line.append("  ").append(pad(word(sound, level(entry.sound())), 15));
            for (Degradation degradation : Degradation.values()) {
                Optional<Double> copy =
                        Optional.ofNullable(entry.damaged().get(degradation)).flatMap(this::quality);
                boolean right = sound.isPresent() && copy.isPresent() && copy.get() < sound.get();
                pairs++;
                if (!right) {
                    wrong.add(entry.name() + ", " + degradation.id());
                }
                line.append(pad(word(copy, "") + (right ? "" : " WRONG"), 12));
            }
            Optional<ScoreFields> fields = Optional.ofNullable(scores.get(entry.sound()));
            line.append(' ')
                    .append(word(
                            fields.flatMap(f -> f.text(ScoreFields.AESTHETIC_SCORE))
                                    .map(Double::valueOf),
                            fields.flatMap(f -> f.text(ScoreFields.AESTHETIC_LEVEL))
                                    .orElse("")));
            lines.add(line.toString().stripTrailing());
        }
        return new Result(lines, pairs, wrong);
    }

    private Optional<Double> quality(Path file) {
        return Optional.ofNullable(scores.get(file))
                .flatMap(fields -> fields.text(ScoreFields.QUALITY_SCORE))
                .map(Double::valueOf);
    }

    private String level(Path file) {
        return Optional.ofNullable(scores.get(file))
                .flatMap(fields -> fields.text(ScoreFields.QUALITY_LEVEL))
                .orElse("");
    }

    private static String word(Optional<Double> mos, String level) {
        return mos.map(value ->
                        String.format(Locale.ROOT, "%.2f %s", value, level).strip())
                .orElse("-");
    }

    private static String pad(String text, int width) {
        return String.format(Locale.ROOT, "%-" + Math.max(1, width) + "s", text);
    }
}
