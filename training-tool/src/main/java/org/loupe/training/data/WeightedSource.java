package org.loupe.training.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine;

/**
 * A source of labels and how much it counts beside others, as it is given on a command line: {@code labels.csv} or {@code labels.csv=2}.
 *
 * @param path the source
 * @param weight how often one of its pictures is seen for each time a picture of a source of weight 1 is; positive
 */
public record WeightedSource(Path path, double weight) {
    /** Beyond this a set of ten pictures is an epoch of a hundred thousand: surely a mistake. */
    private static final double LARGEST = 10_000;

    public WeightedSource {
        if (!(weight > 0 && weight <= LARGEST)) {
            throw new IllegalArgumentException("a weight is a number above 0 and up to " + (int) LARGEST);
        }
    }

    /** For picocli. */
    public static final class Converter implements CommandLine.ITypeConverter<WeightedSource> {
        @Override
        public WeightedSource convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new CommandLine.TypeConversionException("'" + text + "': " + e.getMessage());
            }
        }
    }

    /** @throws IllegalArgumentException if what follows the last = is no weight and there is no such file */
    static WeightedSource parse(String text) {
        int equals = text.lastIndexOf('=');
        if (equals < 0 || exists(text)) {
            return new WeightedSource(Path.of(text), 1);
        }
        double weight;
        try {
            weight = Double.parseDouble(text.substring(equals + 1));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("after = comes the weight of the set, a number", e);
        }
        return new WeightedSource(Path.of(text.substring(0, equals)), weight);
    }

    private static boolean exists(String text) {
        try {
            return Files.exists(Path.of(text));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
