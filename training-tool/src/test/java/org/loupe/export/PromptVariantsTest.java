package org.loupe.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.decode.Frame;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;

/** Packages that ask otherwise than OneAlign's paper does, against the reference. */
class PromptVariantsTest {
    private final GoldenSet golden;

    PromptVariantsTest() throws IOException {
        golden = GoldenSet.open();
    }

    @Test
    void scoreMethodOrderGivesTheNumbersOfTheReferencesScoreMethod(@TempDir Path scratch) throws IOException {
        try (ModelPackage model = imported(scratch, ModelFamily.ONE_ALIGN, PromptOrder.SCORE_METHOD)) {
            assertThat(model.manifest().provenance()).containsEntry("promptOrder", "score-method");
            compare(model, "model_score_method", 4);
        }
    }

    @Test
    void deqaScoreIsAskedForTheQualityOfImagesOnly(@TempDir Path scratch) throws IOException {
        try (ModelPackage model = imported(scratch, ModelFamily.DEQA_SCORE, PromptOrder.PAPER)) {
            assertThat(model.manifest().prompts())
                    .extracting(Manifest.Prompt::id)
                    .containsExactly("quality.image");
            assertThat(model.manifest().provenance()).containsEntry("architecture", "deqa-score");
            compare(model, "tasks", 1);
        }
    }

    @Test
    void promptsAreThoseOfTheReferenceInBothOrders() {
        for (PromptOrder order : PromptOrder.values()) {
            JsonNode expected =
                    golden.json().get(order == PromptOrder.PAPER ? "prompts" : "prompts_of_the_model_score_method");
            for (OneAlignPrompts.Prompt prompt : OneAlignPrompts.of(ModelFamily.ONE_ALIGN, order)) {
                JsonNode ids = expected.get(prompt.spec().id());
                assertThat(prompt.before()).containsExactly(ids(ids.get("ids_before_image")));
                assertThat(prompt.after()).containsExactly(ids(ids.get("ids_after_image")));
            }
        }
    }

    @Test
    void aPackageRemembersItsPrompts(@TempDir Path scratch) throws IOException {
        try (ModelPackage model = imported(scratch, ModelFamily.DEQA_SCORE, PromptOrder.SCORE_METHOD)) {
            List<OneAlignPrompts.Prompt> prompts = OneAlignPrompts.of(model.manifest());
            assertThat(prompts).hasSize(1);
            assertThat(prompts.get(0).after())
                    .containsExactly(OneAlignPrompts.of(ModelFamily.DEQA_SCORE, PromptOrder.SCORE_METHOD)
                            .get(0)
                            .after());
        }
    }

    @Test
    void promptsThatBeginAlikeShareTheirTokens() {
        List<int[]> prefixes =
                OneAlignPrompts.ALL.stream().map(OneAlignPrompts.Prompt::before).toList();
        PrefixTree tree = new PrefixTree(prefixes);
        assertThat(tree.size())
                .isEqualTo(30); // 9 common, then 9 for quality and 12 for aesthetics, both kinds together
        assertThat(tree.length()).isEqualTo(18);
        for (int p = 0; p < prefixes.size(); p++) {
            int[] path = tree.path(p);
            assertThat(Arrays.stream(path).map(node -> tree.node(node).id()).toArray())
                    .containsExactly(prefixes.get(p));
            assertThat(tree.upTo(path[path.length - 1])).containsExactly(path);
        }
    }

    private ModelPackage imported(Path scratch, ModelFamily family, PromptOrder order) throws IOException {
        Path out = scratch.resolve("package");
        ModelImporter.run(
                new ModelImport(
                                golden.checkpoint(scratch),
                                out,
                                "tiny-align",
                                "1",
                                Precision.FP32,
                                new Manifest.Licence("unknown", "unknown", null),
                                null,
                                8)
                        .withPrompts(family, order),
                (step, done, total) -> {});
        return ModelPackage.open(out);
    }

    private void compare(ModelPackage model, String node, int prompts) throws IOException {
        Preprocessor preprocessor = Preprocessors.of(model.manifest().input());
        try (OrtEngine engine = OrtEngine.open(model, EngineConfig.DEFAULT.withThreads(1))) {
            for (JsonNode image : golden.json().get("images")) {
                Frame frame =
                        preprocessor.apply(golden.picture(image.get("file").asText()));
                for (int prompt = 0; prompt < prompts; prompt++) {
                    String id = model.manifest().prompts().get(prompt).id();
                    float[] logits = engine.run(new EngineBatch(
                                    1,
                                    frame.height(),
                                    frame.width(),
                                    DebugRun.pixels(List.of(frame)),
                                    new long[][] {{0}},
                                    new long[] {prompt}))
                            .levelLogits()[0];
                    JsonNode expected = image.get(node).get(id).get("logits");
                    for (int level = 0; level < logits.length; level++) {
                        assertThat((double) logits[level])
                                .as(image.get("name") + " " + id)
                                .isCloseTo(expected.get(level).asDouble(), within(golden.tolerance("logits")));
                    }
                }
            }
        }
    }

    private static int[] ids(JsonNode ids) {
        int[] values = new int[ids.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = ids.get(i).asInt();
        }
        return values;
    }
}
