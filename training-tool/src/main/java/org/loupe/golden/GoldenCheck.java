package org.loupe.golden;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaSource;
import org.loupe.engine.Engine;
import org.loupe.engine.EngineBatch;
import org.loupe.modelpackage.Manifest;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.Score;

/** Runs every case of a golden set and notes the largest deviations. Used once, by one thread. */
final class GoldenCheck {
    static final String LOGITS = "logits";
    static final String PROBABILITIES = "probs";
    static final String MOS = "score_1_to_5";

    private final Manifest manifest;
    private final Engine engine;
    private final Preprocessor preprocessor;
    private final MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
    private final Map<String, Double> worst = new TreeMap<>();
    private int answers;
    private double signedMos;

    /** @param engine stays the caller's */
    GoldenCheck(Manifest manifest, Engine engine) {
        this.manifest = manifest;
        this.engine = engine;
        this.preprocessor = Preprocessors.of(manifest.input());
    }

    /**
     * What was found.
     *
     * @param answers answers compared
     * @param worst largest absolute deviation by name
     * @param allowed what is allowed of each that is judged
     * @param meanMos mean signed deviation of the MOS: a bias shows here
     */
    record Finding(int answers, Map<String, Double> worst, Map<String, Double> allowed, double meanMos) {
        boolean holds() {
            return answers > 0
                    && allowed.entrySet().stream()
                            .allMatch(each -> worst.getOrDefault(each.getKey(), Double.NaN) <= each.getValue());
        }
    }

    /** @param mosTolerance judges the MOS alone, by this; empty judges everything by the set's own tolerances */
    Finding run(GoldenSet golden, OptionalDouble mosTolerance) {
        for (GoldenSet.Case each : golden.cases()) {
            List<Frame> frames = new ArrayList<>();
            each.files()
                    .forEach(file ->
                            frames.add(preprocessor.apply(decoder.decode(MediaSource.of(file), DecodeRequest.FULL)
                                    .frames()
                                    .get(0))));
            compare(each, frames);
        }
        Map<String, Double> allowed = new TreeMap<>();
        if (mosTolerance.isPresent()) {
            allowed.put(MOS, mosTolerance.getAsDouble());
        } else {
            for (String name : List.of(LOGITS, PROBABILITIES, MOS)) {
                Double tolerance = golden.tolerance().get(name);
                if (tolerance != null) {
                    allowed.put(name, tolerance);
                }
            }
        }
        return new Finding(answers, worst, allowed, answers == 0 ? 0 : signedMos / answers);
    }

    /** All prompts of a case are rows of one run, as a server would ask them. */
    private void compare(GoldenSet.Case each, List<Frame> frames) {
        List<Integer> prompts = new ArrayList<>();
        List<GoldenSet.Answer> expected = new ArrayList<>();
        for (int prompt = 0; prompt < manifest.prompts().size(); prompt++) {
            GoldenSet.Answer answer =
                    each.answers().get(manifest.prompts().get(prompt).id());
            if (answer != null) {
                prompts.add(prompt);
                expected.add(answer);
            }
        }
        if (prompts.isEmpty()) {
            return;
        }
        float[][] logits = engine.run(batch(
                        frames, prompts.stream().mapToLong(Integer::longValue).toArray()))
                .levelLogits();
        for (int row = 0; row < logits.length; row++) {
            note(prompts.get(row), expected.get(row), logits[row]);
        }
    }

    private void note(int prompt, GoldenSet.Answer expected, float[] logits) {
        Score score =
                Score.of(manifest.prompts().get(prompt).task(), manifest.levelNames(), manifest.levelWeights(), logits);
        for (int level = 0; level < logits.length; level++) {
            note(LOGITS, logits[level] - expected.logits()[level]);
            note(PROBABILITIES, score.probabilities().values().get(level) - expected.probabilities()[level]);
        }
        note(MOS, score.mos() - expected.mos());
        signedMos += score.mos() - expected.mos();
        answers++;
    }

    private void note(String name, double deviation) {
        worst.merge(name, Math.abs(deviation), Math::max);
    }

    /** @return one row a prompt, each looking at all frames */
    static EngineBatch batch(List<Frame> frames, long[] prompts) {
        Frame first = frames.get(0);
        ByteBuffer pixels = ByteBuffer.allocateDirect(frames.size() * first.width() * first.height() * 3);
        frames.forEach(frame -> pixels.put(frame.rgb()));
        long[] all = IntStream.range(0, frames.size()).asLongStream().toArray();
        long[][] rows = new long[prompts.length][];
        Arrays.fill(rows, all);
        return new EngineBatch(frames.size(), first.height(), first.width(), pixels.flip(), rows, prompts);
    }
}
