package org.loupe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.export.AdapterTargets;
import org.loupe.score.ScoringException;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.loop.Schedule;
import org.loupe.training.onealign.NumberType;
import org.loupe.training.onealign.OneAlignLearner;
import org.loupe.training.onealign.Tuning;
import picocli.CommandLine;

/** Command line over recipe over shipped recipe. */
class OneAlignSettingsTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void unlessToldOtherwiseLearnsAsTheReferencesLoraScript() throws IOException {
        OneAlignSettings settings = settings("");
        assertThat(settings.tuning().whole()).isEqualTo(Tuning.REFERENCE_LORA.whole());
        assertThat(settings.tuning().lowRank()).isEqualTo(Tuning.REFERENCE_LORA.lowRank());
        assertThat(settings.compute()).isEqualTo(NumberType.BF16);
        LoopConfig loop = settings.loop();
        assertThat(loop.learningRate()).isEqualTo(2e-4);
        assertThat(loop.epochs()).isEqualTo(2);
        assertThat(loop.batch()).isEqualTo(32);
        assertThat(loop.weightDecay()).isZero();
        assertThat(loop.warmUp()).isEqualTo(0.03);
        assertThat(loop.schedule()).isEqualTo(Schedule.COSINE);
        assertThat(settings.typed()).contains("--lora-rank 128 --lora-alpha 256.0 --lora-dropout 0.05");
    }

    @Test
    void tuningFullTakesTheSettingsOfTheFullScript() throws IOException {
        OneAlignSettings typed = settings("", "--tuning", "full");
        assertThat(typed.tuning()).isEqualTo(Tuning.FULL);
        assertThat(typed.loop().learningRate()).isEqualTo(2e-5);
        assertThat(settings("tuning: full").typed()).isEqualTo(typed.typed());
        assertThat(settings("tuning: full\nloop: {clip: 1}").loop().learningRate())
                .isEqualTo(2e-5);
    }

    @Test
    void whatIsTypedCountsAlsoInsideTheLoop() throws IOException {
        OneAlignSettings settings = settings(
                "lora-rank: 8\nlora-alpha: 3\ntrain-parts: none\nloop: {batch: 4, epochs: 7}",
                "--lora-rank",
                "16",
                "--loop",
                "epochs=1",
                "--recompute");
        assertThat(settings.tuning().lowRank()).isEqualTo(new Tuning.LowRank(AdapterTargets.DEFAULT, 16, 3, 0.05));
        assertThat(settings.tuning().whole()).isEmpty();
        assertThat(settings.loop().batch()).isEqualTo(4);
        assertThat(settings.loop().epochs()).isEqualTo(1);
        assertThat(settings.recompute()).isTrue();
    }

    @Test
    void whatTheRunRecordsGivesTheSameSettingsAgain() throws IOException {
        OneAlignSettings settings = settings(
                "recompute: false\none-question: true\nobjective: ranking\nrows-per-pass: 2\nlora-targets: [mlp.up_proj]\n"
                        + "prompt-order: score-method\nloop: {schedule: constant, accumulation: 2}");
        String[] words = settings.typed().strip().split(" ");
        assertThat(settings("recompute: true", words).toJson()).isEqualTo(settings.toJson());
        assertThat(settings(settings.toJson().toString()).toJson())
                .as("the manifest's configuration is a recipe")
                .isEqualTo(settings.toJson());
        assertThat(settings.teaching().objective()).isEqualTo(OneAlignLearner.Objective.RANK);
    }

    @Test
    void refusesARecipeForTheOtherMethod() {
        assertThatThrownBy(() -> settings("tuning: lora\nloop: {learning-rate: 0.001}", "--tuning", "full"))
                .hasMessageContaining("--tuning full contradicts the recipe")
                .hasMessageContaining("--recipe one-align-full");
        assertThatThrownBy(() -> settings("tuning: full\nlora-rank: 8").tuning())
                .hasMessageContaining("go with --tuning lora");
    }

    @Test
    void refusesWhatNobodyUnderstandsWithItsLineAndWhatThereIs() {
        assertThatThrownBy(() -> settings("compute: fp32\nlora-rnak: 8"))
                .isInstanceOf(ScoringException.class)
                .hasMessageContaining("line 2: there is no key lora-rnak here; there are compute, ")
                .hasMessageContaining("lora-rank");
        assertThatThrownBy(() -> settings("compute: fp64"))
                .hasMessageContaining("compute cannot be fp64; it is one of fp32, bf16");
        assertThatThrownBy(() -> settings("lora-rank: many")).hasMessageContaining("lora-rank cannot be many");
        assertThatThrownBy(() -> settings("data: {sets: [{labels: a.csv, weigth: 2}]}"))
                .hasMessageContaining("there is no key weigth here; there are labels, scale, splits, tasks, weight");
        assertThatThrownBy(() -> settings("loop: {epoch: 2}").loop())
                .hasMessageContaining("epoch: 2")
                .hasMessageContaining("epochs");
        assertThatThrownBy(() -> settings("train-parts: [decoder]").tuning())
                .hasMessageContaining("the abstractor alone");
        assertThatThrownBy(() -> settings("objective: policy").teaching())
                .hasMessageContaining("levels, soft-levels or ranking, not policy");
    }

    @Test
    void helpTellsTheDefaultsOfTheShippedRecipe() throws IOException {
        String help = new CommandLine(new TrainCommand()).getUsageMessage().replaceAll("\\s+", " ");
        settings("").toJson().properties().forEach(setting -> {
            if (setting.getValue().isNumber() && !setting.getKey().equals("lora-alpha")) {
                String number = setting.getValue().asText();
                assertThat(help)
                        .containsPattern(
                                "--" + setting.getKey() + "=[^=]*\\(default: " + Pattern.quote(number) + "\\)");
            } else if (setting.getKey().matches("compute|conversation|tuning")) {
                String word = setting.getValue().asText().toLowerCase(Locale.ROOT);
                assertThat(help).containsPattern("--" + setting.getKey() + "=[^=]*\\(default: " + word + "\\)");
            }
        });
    }

    private OneAlignSettings settings(String yaml, String... words) throws IOException {
        Typed typed = new Typed();
        new CommandLine(typed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(words);
        OneAlignRecipe given = OneAlignRecipe.NOTHING;
        if (!yaml.isEmpty()) {
            given = OneAlignRecipe.read(
                    Files.writeString(directory.resolve("mine.yaml"), yaml).toString());
        }
        return new OneAlignSettings(
                typed.oneAlign.typed(typed.heads.objective(), typed.heads.seed()), given, typed.oneAlign, "tuned");
    }

    /** The options as {@code train} has them. */
    @CommandLine.Command
    private static final class Typed {
        @CommandLine.ArgGroup(validate = false)
        private OneAlignOptions oneAlign = new OneAlignOptions();

        @CommandLine.Mixin
        private HeadOptions heads = new HeadOptions();
    }
}
