package org.loupe.export.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.decode.Frame;
import org.loupe.engine.AdapterHandle;
import org.loupe.engine.EngineBatch;
import org.loupe.export.AdapterTargets;
import org.loupe.export.GoldenSet;
import org.loupe.export.Precision;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.Manifest;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.Score;

/** The reference's adapter, beside the base in the server's own engine, against the reference's logits of the merged model. */
class AdapterGoldenTest {
    @TempDir
    private Path scratch;

    @Test
    void anAdapterScoresAsTheReferencesMergedModelAndTheBaseAsBefore() throws IOException {
        GoldenSet golden = GoldenSet.open();
        JsonNode lora = new ObjectMapper().readTree(Files.readAllBytes(golden.file("training/lora/lora.json")));
        Path checkpoint = golden.checkpoint(scratch);
        try (AdapterRun base =
                        AdapterRun.of(checkpoint, scratch.resolve("base"), Precision.FP32, AdapterTargets.DEFAULT);
                AdapterPackage adapter =
                        base.adapter(golden.file("training/lora"), checkpoint, scratch.resolve("adapter"));
                AdapterHandle handle = base.engine().addAdapter(adapter)) {
            for (JsonNode image : lora.get("merged_inference")) {
                JsonNode plain = golden.image(image.get("image").asText());
                Frame frame = picture(golden, base, plain.get("file").asText());
                for (String prompt : new String[] {"quality.image", "aesthetics.image"}) {
                    compare(
                            base,
                            frame,
                            prompt,
                            null,
                            plain.get("tasks").get(prompt),
                            golden.json().get("tolerance_abs"));
                    compare(base, frame, prompt, handle, image.get(prompt), lora.get("tolerance_abs"));
                    compare(
                            base,
                            frame,
                            prompt,
                            null,
                            plain.get("tasks").get(prompt),
                            golden.json().get("tolerance_abs"));
                }
            }
        }
    }

    private static void compare(
            AdapterRun base,
            Frame frame,
            String prompt,
            @Nullable AdapterHandle adapter,
            JsonNode expected,
            JsonNode tolerance) {
        Manifest manifest = base.model().manifest();
        int index =
                manifest.prompts().stream().map(Manifest.Prompt::id).toList().indexOf(prompt);
        ByteBuffer pixels = ByteBuffer.allocateDirect(frame.width() * frame.height() * 3)
                .put(frame.rgb())
                .flip();
        float[] logits = base.engine()
                .run(new EngineBatch(
                        1, frame.height(), frame.width(), pixels, new long[][] {{0}}, new long[] {index}, adapter))
                .levelLogits()[0];
        for (int level = 0; level < logits.length; level++) {
            assertThat((double) logits[level])
                    .isCloseTo(
                            expected.get("logits").get(level).asDouble(),
                            within(tolerance.get("logits").asDouble()));
        }
        Score score =
                Score.of(manifest.prompts().get(index).task(), manifest.levelNames(), manifest.levelWeights(), logits);
        assertThat((double) score.mos())
                .isCloseTo(
                        expected.get("score_1_to_5").asDouble(),
                        within(tolerance.get("score_1_to_5").asDouble()));
    }

    private static Frame picture(GoldenSet golden, AdapterRun base, String file) {
        Preprocessor preprocessor = Preprocessors.of(base.model().manifest().input());
        return preprocessor.apply(golden.picture(file));
    }
}
