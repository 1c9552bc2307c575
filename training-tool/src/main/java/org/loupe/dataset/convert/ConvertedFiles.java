package org.loupe.dataset.convert;

import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Scale;

/** Writes labels and splits. Files that exist are never overwritten. */
final class ConvertedFiles {
    static final String LABELS = "labels.csv";
    static final String SPLITS = "splits.csv";

    private final Path directory;

    /** @param directory made if absent; pictures are named relative to it where they lie on the same file system */
    ConvertedFiles(Path directory) {
        this.directory = directory.toAbsolutePath().normalize();
    }

    /** @throws ScoringException IO_FAILED, also where a file exists already */
    void write(Conversion conversion) {
        try {
            Files.createDirectories(directory);
            write(LABELS, labels(conversion));
            if (!conversion.splits().isEmpty()) {
                List<List<String>> rows = new ArrayList<>(List.of(List.of("file", "split")));
                conversion.splits().forEach((file, split) -> rows.add(List.of(name(file), split)));
                write(SPLITS, rows);
            }
        } catch (IOException e) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED, "cannot write to " + directory + ": " + e.getMessage(), e);
        }
    }

    private List<List<String>> labels(Conversion conversion) {
        List<List<String>> rows = new ArrayList<>();
        String task = conversion.task().id();
        Scale scale = conversion.scale();
        boolean votes =
                conversion.labels().stream().anyMatch(label -> !label.votes().isEmpty());
        if (votes) {
            List<String> header = new ArrayList<>(List.of("file", "task"));
            IntStream.rangeClosed(1, (int) scale.best()).forEach(step -> header.add("n" + step));
            rows.add(header);
        } else {
            rows.add(List.of("file", "task", "mos", "std", "votes", "scale_min", "scale_max"));
        }
        for (Conversion.Label label : conversion.labels()) {
            List<String> row = new ArrayList<>(List.of(name(label.file()), task));
            if (votes) {
                label.votes().forEach(count -> row.add(count.toString()));
            } else {
                row.add(Double.toString(label.mos()));
                row.add(label.std().isPresent() ? Double.toString(label.std().getAsDouble()) : "");
                row.add("");
                row.add(Double.toString(scale.worst()));
                row.add(Double.toString(scale.best()));
            }
            rows.add(row);
        }
        return rows;
    }

    private String name(Path picture) {
        return picture.getRoot() != null && picture.getRoot().equals(directory.getRoot())
                ? directory.relativize(picture).toString()
                : picture.toString();
    }

    private void write(String name, List<List<String>> rows) throws IOException {
        try (SequenceWriter csv = new CsvMapper()
                .writer(CsvSchema.emptySchema())
                .writeValues(Files.newBufferedWriter(directory.resolve(name), StandardOpenOption.CREATE_NEW))) {
            for (List<String> row : rows) {
                csv.write(row);
            }
        }
    }
}
