package org.loupe.scoring;

import java.util.Locale;
import java.util.stream.Stream;
import org.loupe.modelpackage.ModelPackage;

/**
 * How much memory a model will take on the processor, estimated from its files: the weights once more in the layout the kernels like, and
 * what a run works in. An upper estimate; it decides only whether a load is tried.
 */
final class MemoryNeed {
    /** Buffers of a session however small its model is. */
    private static final long BASE_BYTES = 64L << 20;

    private MemoryNeed() {}

    static long bytes(ModelPackage model) {
        return BASE_BYTES + (long) (model.sizeBytes() * factor(model.manifest().precision()));
    }

    /** Memory over file bytes, rounded up: a slice of OneAlign took 1.07 times its files in int8 and 1.1 in fp32, runs included. */
    private static double factor(String precision) {
        return switch (precision) {
            case "fp32" -> 1.2;
            case "fp16" -> 2.4; // the processor computes in fp32
            case "int8" -> 1.25;
            default -> 1.5; // int4: small weights, the same activations
        };
    }

    /** @return for instance {@code one-align/1 (int8) needs about 10.8 GiB, its files are 7.7 GiB} */
    static String words(ModelPackage model) {
        return model.manifest().ref() + " (" + model.manifest().precision() + ") needs about " + gib(bytes(model))
                + ", its files are " + gib(model.sizeBytes());
    }

    /** @return how much several resident models gave back if they went */
    static long bytes(Stream<Resident> models) {
        return models.mapToLong(Resident::needBytes).sum();
    }

    static String gib(long bytes) {
        return bytes < 1L << 30
                ? String.format(Locale.ROOT, "%.0f MiB", bytes / (double) (1L << 20))
                : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
