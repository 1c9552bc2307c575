package org.loupe.export;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.loupe.modelpackage.Manifest;

/** A program that imports a checkpoint half and then waits for its end, which a test brings about. */
final class HangingImport {
    static final String HALF = "half";

    private HangingImport() {}

    public static void main(String[] arguments) {
        ModelImporter.run(request(Path.of(arguments[0]), Path.of(arguments[1])), (step, done, total) -> {
            if (done > total / 2) {
                System.out.println(HALF);
                System.out.flush();
                try {
                    while (System.in.read() >= 0) {
                        // nothing is ever said to it
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
    }

    static ModelImport request(Path checkpoint, Path out) {
        return new ModelImport(
                checkpoint,
                out,
                "mine",
                "1",
                Precision.FP32,
                new Manifest.Licence("unknown", "unknown", null),
                null,
                4);
    }
}
