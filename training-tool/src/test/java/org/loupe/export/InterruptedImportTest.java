package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.CheckpointFormat;
import org.loupe.checkpoint.ElementType;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.RandomModel;
import org.loupe.modelpackage.ModelPackage;

/** Imports in a process of their own, ended in the middle. */
class InterruptedImportTest {
    @Test
    void aKilledImportLeavesNoPackageAndTheNextOneCleansUp(@TempDir Path scratch) throws Exception {
        Path checkpoint = checkpoint(scratch);
        interrupt(checkpoint, scratch.resolve("models/out"), Process::destroyForcibly);
        assertThat(hidden(scratch))
                .as("what the killed process could not remove")
                .hasSize(2);
        assertThat(scratch.resolve("models/out")).doesNotExist();
        ModelImporter.run(HangingImport.request(checkpoint, scratch.resolve("models/out")), (step, done, total) -> {});
        try (ModelPackage model = ModelPackage.open(scratch.resolve("models/out"))) {
            model.verify();
        }
        assertThat(hidden(scratch)).isEmpty();
    }

    @Test
    void anImportThatIsAskedToEndCleansUpItself(@TempDir Path scratch) throws Exception {
        interrupt(checkpoint(scratch), scratch.resolve("models/out"), Process::destroy);
        assertThat(hidden(scratch)).isEmpty();
        assertThat(scratch.resolve("models/out")).doesNotExist();
    }

    private static Path checkpoint(Path scratch) {
        Path checkpoint = scratch.resolve("checkpoint");
        new RandomModel(OneAlignConfig.TINY, CheckpointFormat.TORCH, ElementType.BF16, 2_000_000, 1)
                .write(checkpoint, done -> {});
        return checkpoint;
    }

    private static void interrupt(Path checkpoint, Path out, Consumer<Process> end) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        HangingImport.class.getName(),
                        checkpoint.toString(),
                        out.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            // The line comes, or the process ends and with it the stream; the limit is for a machine that does neither.
            CompletableFuture<String> line =
                    CompletableFuture.supplyAsync(() -> said.lines().findFirst().orElse("nothing"));
            assertThat(line.get(2, TimeUnit.MINUTES)).isEqualTo(HangingImport.HALF);
            end.accept(process);
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<Path> hidden(Path scratch) throws IOException {
        try (Stream<Path> files = Files.list(scratch.resolve("models"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("."))
                    .toList();
        }
    }
}
