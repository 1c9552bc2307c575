package org.loupe.training.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.score.ScoringException;
import org.loupe.training.onealign.NumberType;
import org.loupe.training.onealign.Tuning;

/** The plan for the network at its full size, which no test can train. */
class OneAlignPlanTest {
    private static final OneAlignConfig REAL = OneAlignConfig.ONE_ALIGN;
    private static final long GIB = 1L << 30;

    @Test
    void countsTheParametersThatTheReferenceStates() {
        TrainingPlan plan = plan(setup(NumberType.BF16, Tuning.REFERENCE_LORA, true), 80);
        assertThat(all(plan) - trained(plan, "low-rank terms")).isCloseTo(8_198_000_000L, within(10_000_000L));
        // the reference prints 149 M, 1.8 % of the model
        assertThat(trained(plan, "low-rank terms") + trained(plan, "abstractor"))
                .isCloseTo(148_600_000L, within(500_000L));
    }

    @Test
    void loraFitsTwentyFourGigabytesAndFullTrainingDoesNotFitEighty() {
        assertThat(plan(setup(NumberType.BF16, Tuning.REFERENCE_LORA, true), 24).fits())
                .isTrue();
        TrainingPlan full = plan(setup(NumberType.BF16, Tuning.FULL, true), 80);
        assertThat(full.bytes()).isGreaterThan(120 * GIB);
        assertThatThrownBy(full::requireFits)
                .isInstanceOf(ScoringException.class)
                .hasMessageContaining("optimiser")
                .hasMessageContaining("--tuning lora needs")
                .hasMessageContaining("which fits");
    }

    @Test
    void recomputingNeedsLessMemoryAndMoreTime() {
        Tuning whole = new Tuning(EnumSet.of(Tuning.Part.VISION, Tuning.Part.ABSTRACTOR), null);
        TrainingPlan kept = plan(setup(NumberType.FP32, whole, false), 80);
        TrainingPlan again = plan(setup(NumberType.FP32, whole, true), 80);
        assertThat(again.bytes()).isLessThan(kept.bytes());
        assertThat(again.time().flopPerItem()).isGreaterThan(kept.time().flopPerItem());
        assertThat(again.time().epochSeconds()).isCloseTo(again.time().flopPerItem() * 100 / 1e12, within(1e-6));
    }

    @Test
    void aFrozenVisionTowerIsComputedOnce() {
        Tuning decoder = new Tuning(EnumSet.of(Tuning.Part.DECODER), null);
        // 0.724 + 0.038 for the image and, with 131 tokens, three times 1.71 for the decoder
        assertThat(plan(setup(NumberType.FP32, decoder, false), 80).time().flopPerItem())
                .isCloseTo(5.9e12, within(0.3e12));
    }

    @Test
    void aClipTakesAsMuchAsItsFrames() {
        OneAlignPlan.Setup still = setup(NumberType.BF16, Tuning.REFERENCE_LORA, true);
        OneAlignPlan.Setup clip = still.of(8);
        TrainingPlan stills = plan(still, 80);
        TrainingPlan clips = plan(clip, Map.of(8, 100.0), 80);
        TrainingPlan mixed = plan(clip, Map.of(1, 50.0, 8, 50.0), 80);
        assertThat(clips.bytes()).isGreaterThan(stills.bytes());
        assertThat(mixed.bytes()).as("a pass of clips is the fullest moment").isEqualTo(clips.bytes());
        // vision and abstractor eight times, the decoder over 66 words and eight pictures' 65 rows
        assertThat(clips.time().flopPerItem())
                .isBetween(4 * stills.time().flopPerItem(), 8 * stills.time().flopPerItem());
        assertThat(mixed.time().epochSeconds())
                .isCloseTo((stills.time().epochSeconds() + clips.time().epochSeconds()) / 2, within(1e-6));
        assertThat(mixed.lines()).anyMatch(line -> line.contains("50 are clips, of up to 8 frames"));
        assertThat(stills.lines()).noneMatch(line -> line.contains("clips"));
    }

    private static OneAlignPlan.Setup setup(NumberType type, Tuning tuning, boolean recompute) {
        return new OneAlignPlan.Setup(type, tuning, recompute, 1, 1, 2);
    }

    private static TrainingPlan plan(OneAlignPlan.Setup setup, long gib) {
        return plan(setup, Map.of(1, 100.0), gib);
    }

    private static TrainingPlan plan(OneAlignPlan.Setup setup, Map<Integer, Double> itemsByFrames, long gib) {
        return OneAlignPlan.of(
                REAL,
                setup,
                itemsByFrames,
                2,
                new MachineSpeed(1e12, "given"),
                new TrainingPlan.Limit(gib * GIB, "the machine"));
    }

    private static long all(TrainingPlan plan) {
        return plan.parameters().stream()
                .mapToLong(TrainingPlan.Parameters::all)
                .sum();
    }

    private static long trained(TrainingPlan plan, String part) {
        return plan.parameters().stream()
                .filter(each -> each.part().equals(part))
                .mapToLong(TrainingPlan.Parameters::trained)
                .sum();
    }
}
