package org.loupe.training.onealign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.loupe.export.AdapterTargets;
import org.loupe.training.onealign.loss.AnswerLoss;
import org.loupe.training.onealign.loss.PairedLevels;
import org.loupe.training.onealign.loss.SoftLevels;
import org.loupe.training.onealign.text.Conversation;

/**
 * Losses, gradients and steps of the trainable network against the reference's. The golden set in the build holds patch features of the
 * two photographs in place of the photographs, so the vision tower's own gradients are compared only with the whole set
 * ({@code -Dloupe.golden=DIR}); everything behind the tower is compared always.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // opened before all tests
class TrainingGoldenTest {
    private static final Tuning LORA = lora(EnumSet.noneOf(Tuning.Part.class));
    private static final Tuning LORA_AND_ABSTRACTOR = lora(EnumSet.of(Tuning.Part.ABSTRACTOR));

    private TrainingGoldens goldens;

    private static Tuning lora(EnumSet<Tuning.Part> whole) {
        return new Tuning(whole, new Tuning.LowRank(AdapterTargets.DEFAULT, 4, 8, 0));
    }

    @BeforeAll
    void open(@TempDir Path scratch) throws IOException {
        goldens = TrainingGoldens.open(scratch);
    }

    @AfterAll
    void report() {
        goldens.report();
    }

    @ParameterizedTest
    @CsvSource({"batch_same_length,false", "batch_same_length,true", "batch_padded,false", "batch_padded,true"})
    void fullTrainingHasTheReferencesLossAndGradients(String name, boolean recompute) throws IOException {
        JsonNode batch = goldens.full().get(name);
        List<Conversation> said = goldens.conversations(batch);
        try (TrainableOneAlign network = goldens.load(goldens.fullTuning(), recompute)) {
            double loss = goldens.addGradients(network, said, AnswerLoss.CROSS_ENTROPY);
            goldens.compare("full: loss", loss, batch.get("loss"), goldens.tolerance("loss_abs"));
            goldens.compareGradients("full: gradient norms", network, batch.get("grad_norm_all"));
        }
    }

    @ParameterizedTest
    @CsvSource({"batch_same_length", "batch_padded"})
    void fiveStepsGoTheReferencesWay(String name) throws IOException {
        // The reference trains the vision tower as well: that takes its photographs, which are not ours to keep here.
        boolean photographs = goldens.hasPhotographs();
        if (!photographs) {
            System.out.println("NOT RUN: five full steps need the reference's photographs, -Dloupe.golden=DIR");
        }
        assumeTrue(photographs, "needs the reference's photographs, -Dloupe.golden=DIR");
        JsonNode batch = goldens.full().get(name);
        try (TrainableOneAlign network = goldens.load(Tuning.FULL, true)) {
            goldens.compareSteps(
                    "full: 5 AdamW steps",
                    network,
                    goldens.conversations(batch),
                    batch.get("losses_before_each_of_5_steps_and_after"));
            goldens.compareNorms(
                    "full: parameter norms after 5 steps", network, batch.get("parameter_norms_after_5_steps"));
        }
    }

    @Test
    void loraHasTheReferencesGradientsAndSteps() throws IOException {
        JsonNode expected = goldens.lora().get("training_lora_only");
        List<Conversation> said = goldens.conversations(goldens.full().get("batch_same_length"));
        try (TrainableOneAlign network = goldens.loadAdapter(LORA, false)) {
            double loss = goldens.addGradients(network, said, AnswerLoss.CROSS_ENTROPY);
            goldens.compare("LoRA: loss", loss, expected.get("loss"), goldens.tolerance("loss_abs"));
            assertThat(network.trained()).hasSameSizeAs(expected.get("grad_norms"));
            goldens.compareGradients("LoRA: gradient norms", network, expected.get("grad_norms"));
        }
        try (TrainableOneAlign network = goldens.loadAdapter(LORA, true)) {
            goldens.compareSteps(
                    "LoRA: 5 AdamW steps", network, said, expected.get("losses_before_each_of_5_steps_and_after"));
        }
    }

    @Test
    void loraWithTheAbstractorStepsAsTheReferences() throws IOException {
        JsonNode expected = goldens.lora().get("training_lora_and_abstractor");
        List<Conversation> said = goldens.conversations(goldens.full().get("batch_same_length"));
        try (TrainableOneAlign network = goldens.loadAdapter(LORA_AND_ABSTRACTOR, false)) {
            goldens.compareSteps(
                    "LoRA and abstractor: 5 AdamW steps",
                    network,
                    said,
                    expected.get("losses_before_each_of_5_steps_and_after"));
        }
    }

    @Test
    void theAdaptedNetworkScoresAsTheReferencesMergedOne() throws IOException {
        try (TrainableOneAlign network = goldens.loadAdapter(LORA, false)) {
            goldens.compareMerged(network);
        }
    }

    @Test
    void softLevelsCostWhatTheyDoInTheReference() throws IOException {
        JsonNode expected = goldens.deqa().get("tiny_align_single");
        List<Conversation> said = goldens.conversations(goldens.full().get("batch_same_length"));
        try (TrainableOneAlign network = goldens.load(goldens.fullTuning(), true)) {
            double loss = goldens.addGradients(
                    network,
                    said,
                    new SoftLevels(
                            TrainingGoldens.longs(expected.get("level_ids")),
                            TrainingGoldens.rows(expected.get("level_probs")),
                            expected.get("weight_softkl").asDouble()));
            goldens.compare(
                    "DeQA: loss with soft levels", loss, expected.get("loss"), goldens.deqaTolerance("loss_abs"));
            goldens.compareGradients("DeQA: gradient norms with soft levels", network, expected.get("grad_norm_main"));
        }
    }

    @Test
    void pairsCostWhatTheyDoInTheReference() throws IOException {
        for (JsonNode expected : goldens.deqa().get("tiny_align_pair")) {
            List<Conversation> said = goldens.conversations(goldens.full().get("batch_same_length"));
            JsonNode a = expected.get("A");
            JsonNode b = expected.get("B");
            JsonNode weights = expected.get("weights");
            PairedLevels pairs = new PairedLevels(
                    TrainingGoldens.longs(
                            goldens.deqa().get("tiny_align_single").get("level_ids")),
                    new float[][] {
                        TrainingGoldens.floats(a.get("level_probs")), TrainingGoldens.floats(b.get("level_probs"))
                    },
                    weights.get("softkl").asDouble(),
                    new float[] {
                        (float) a.get("gt").asDouble(), (float) b.get("gt").asDouble()
                    },
                    new float[] {
                        (float) a.get("std").asDouble(), (float) b.get("std").asDouble()
                    },
                    expected.get("use_fix_std").asBoolean(),
                    PairedLevels.Order.CHANCE,
                    weights.get("rank").asDouble(),
                    weights.get("next_token").asDouble());
            try (TrainableOneAlign network = goldens.load(goldens.fullTuning(), false)) {
                double loss = goldens.addGradients(network, said, pairs);
                goldens.compare("DeQA: loss of a pair", loss, expected.get("loss"), goldens.deqaTolerance("loss_abs"));
                goldens.compareGradients("DeQA: gradient norms of a pair", network, expected.get("grad_norm_main"));
            }
        }
    }

    @Test
    void rowsOneByOneAddUpToTheGradientsOfTheBatch() throws IOException {
        List<Conversation> said = goldens.conversations(goldens.full().get("batch_same_length"));
        JsonNode batch = goldens.full().get("batch_same_length");
        try (TrainableOneAlign network = goldens.load(goldens.fullTuning(), true)) {
            double sum = 0;
            for (int row = 0; row < said.size(); row++) {
                sum += goldens.addGradients(network, said, row, AnswerLoss.CROSS_ENTROPY, 1.0 / said.size());
            }
            goldens.compare("accumulation: loss", sum / said.size(), batch.get("loss"), goldens.tolerance("loss_abs"));
            goldens.compareGradients("accumulation: gradient norms", network, batch.get("grad_norm_all"));
        }
    }

    @Test
    void whatIsDroppedFollowsFromTheSeedAndIsTheSameWhenComputedAgain() throws IOException {
        Tuning dropping =
                new Tuning(EnumSet.noneOf(Tuning.Part.class), new Tuning.LowRank(AdapterTargets.DEFAULT, 4, 8, 0.3));
        List<Conversation> said = goldens.conversations(goldens.full().get("batch_same_length"));
        double[] norms = new double[2];
        double[] losses = new double[3];
        for (boolean recompute : new boolean[] {false, true}) {
            try (TrainableOneAlign network = goldens.loadAdapter(dropping, recompute)) {
                losses[recompute ? 1 : 0] = goldens.addGradients(network, said, AnswerLoss.CROSS_ENTROPY);
                norms[recompute ? 1 : 0] = totalNorm(network);
            }
        }
        try (TrainableOneAlign network = goldens.loadAdapter(dropping, false)) {
            losses[2] = goldens.addGradients(network, said, 7);
        }
        assertThat(losses[1]).isEqualTo(losses[0]);
        assertThat(norms[1]).isCloseTo(norms[0], within(1e-5));
        assertThat(losses[2]).isNotEqualTo(losses[0]);
    }

    @Test
    void sixteenBitsTrainInTheSameDirection() throws IOException {
        List<Conversation> said = goldens.conversations(goldens.full().get("batch_same_length"));
        try (TrainableOneAlign exact = goldens.loadAdapter(LORA_AND_ABSTRACTOR, false);
                TrainableOneAlign half = goldens.loadAdapter(LORA_AND_ABSTRACTOR, NumberType.BF16, true)) {
            double loss = goldens.addGradients(exact, said, AnswerLoss.CROSS_ENTROPY);
            double near = goldens.addGradients(half, said, AnswerLoss.CROSS_ENTROPY);
            // 8 bits of mantissa through four layers
            assertThat(near).isCloseTo(loss, within(0.1));
            try (PointerScope scope = new PointerScope()) {
                Tensor dot = Tensor.create(0f);
                for (Map.Entry<String, Tensor> each : exact.trained().entrySet()) {
                    Tensor other = Objects.requireNonNull(half.trained().get(each.getKey()), each.getKey());
                    if (!each.getKey().endsWith("key.bias")) {
                        dot = dot.add(each.getValue().grad().mul(other.grad()).sum());
                    }
                }
                double cosine = dot.item_double() / totalNorm(exact) / totalNorm(half);
                assertThat(cosine).isGreaterThan(0.98);
            }
        }
    }

    private static double totalNorm(TrainableOneAlign network) {
        return Math.sqrt(network.trained().values().stream()
                .mapToDouble(parameter -> Math.pow(TrainingGoldens.norm(parameter.grad()), 2))
                .sum());
    }
}
