package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.decode.Frame;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.Score;

/** The tiny golden network in every precision, against the scores of the reference implementation. */
class PrecisionTest {
    // Rows of 24 and 32 numbers, less than one block of int4, leave rounding nothing to average over, and this network
    // makes much of little: real
    // widths deviate far less.
    @ParameterizedTest
    @CsvSource({"FP32, 5e-5", "FP16, 0.03", "INT8, 0.3", "INT4, 1.5"})
    void scoresStayNearTheReference(Precision precision, double tolerance, @TempDir Path scratch) throws IOException {
        GoldenSet golden = GoldenSet.open();
        Path out = scratch.resolve("package");
        ModelImporter.run(request(golden.checkpoint(scratch), out, precision), (step, done, total) -> {});
        double worst = 0;
        try (ModelPackage model = ModelPackage.open(out);
                OrtEngine engine = OrtEngine.open(model, EngineConfig.DEFAULT.withThreads(1))) {
            assertThat(model.manifest().precision()).isEqualTo(precision.id());
            Preprocessor preprocessor = Preprocessors.of(model.manifest().input());
            List<Frame> frames = new ArrayList<>();
            for (JsonNode image : golden.json().get("images")) {
                frames.add(preprocessor.apply(golden.picture(image.get("file").asText())));
            }
            for (int prompt = 0; prompt < 4; prompt++) {
                long[][] rows = new long[frames.size()][1];
                long[] prompts = new long[frames.size()];
                for (int i = 0; i < rows.length; i++) {
                    rows[i][0] = i;
                    prompts[i] = prompt;
                }
                ByteBuffer pixels = DebugRun.pixels(frames);
                int side = frames.get(0).width();
                float[][] logits = engine.run(new EngineBatch(frames.size(), side, side, pixels, rows, prompts))
                        .levelLogits();
                for (int i = 0; i < rows.length; i++) {
                    JsonNode expected = golden.json()
                            .get("images")
                            .get(i)
                            .get("tasks")
                            .get(OneAlignPrompts.ALL.get(prompt).spec().id());
                    double mos = Score.of(
                                    OneAlignPrompts.ALL.get(prompt).spec().task(),
                                    model.manifest().levelNames(),
                                    model.manifest().levelWeights(),
                                    logits[i])
                            .mos();
                    worst = Math.max(
                            worst, Math.abs(mos - expected.get("score_1_to_5").asDouble()));
                }
            }
        }
        System.out.printf("%s: MOS within %.1e of the reference%n", precision.id(), worst);
        assertThat(worst).isLessThan(tolerance);
    }

    static ModelImport request(Path checkpoint, Path out, Precision precision) {
        return new ModelImport(
                checkpoint,
                out,
                "tiny-align",
                "1",
                precision,
                new Manifest.Licence("unknown", "unknown", null),
                null,
                8);
    }
}
