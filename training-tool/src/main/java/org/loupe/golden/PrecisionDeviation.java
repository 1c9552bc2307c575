package org.loupe.golden;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.loupe.engine.Engine;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.ErrorReason;
import org.loupe.score.Score;
import org.loupe.score.ScoringException;

/**
 * How far a package's answers are from those of the same network in fp32. Both answer the same photographs, every image prompt at once;
 * the exact package's answers are taken first, so that two networks need not fit into memory together. For one thread.
 */
final class PrecisionDeviation {
    /** Answers of one package, picture by picture. */
    record Answers(List<float[]> logits, List<Float> mos) {}

    private final List<StudyPicture> pictures;

    /** @param pictures at least one */
    PrecisionDeviation(List<StudyPicture> pictures) {
        this.pictures = List.copyOf(pictures);
    }

    /** Told after every picture how many are done. */
    @FunctionalInterface
    interface Progress {
        void at(int done);
    }

    /** @param engine runs that package; stays the caller's */
    Answers ask(Manifest manifest, Engine engine, Progress progress) {
        Preprocessor preprocessor = Preprocessors.of(manifest.input());
        long[] prompts = imagePrompts(manifest);
        List<float[]> logits = new ArrayList<>();
        List<Float> mos = new ArrayList<>();
        for (StudyPicture picture : pictures) {
            float[][] rows = engine.run(GoldenCheck.batch(
                            List.of(preprocessor.apply(picture.frame().get())), prompts))
                    .levelLogits();
            for (int row = 0; row < rows.length; row++) {
                logits.add(rows[row]);
                mos.add(Score.of(
                                manifest.prompts().get((int) prompts[row]).task(),
                                manifest.levelNames(),
                                manifest.levelWeights(),
                                rows[row])
                        .mos());
            }
            progress.at(logits.size() / prompts.length);
        }
        return new Answers(logits, mos);
    }

    private static long[] imagePrompts(Manifest manifest) {
        return IntStream.range(0, manifest.prompts().size())
                .filter(i -> manifest.prompts().get(i).mediaKind() == Manifest.MediaKind.IMAGE)
                .asLongStream()
                .toArray();
    }

    /**
     * @param data the pictures, in words
     * @param reference digest of the exact package
     */
    static Manifest.Deviation between(Answers exact, Answers other, String data, String reference) {
        int n = exact.mos().size();
        double largest = 0;
        double sum = 0;
        double differences = 0;
        double spread = 0;
        for (int i = 0; i < n; i++) {
            double apart = Math.abs(exact.mos().get(i) - other.mos().get(i));
            largest = Math.max(largest, apart);
            sum += apart;
            // A constant added to all logits changes no probability, so neither distance nor spread counts it.
            float[] a = centred(exact.logits().get(i));
            float[] b = centred(other.logits().get(i));
            for (int level = 0; level < a.length; level++) {
                differences += (a[level] - b[level]) * (double) (a[level] - b[level]);
                spread += a[level] * (double) a[level];
            }
        }
        return new Manifest.Deviation(
                data, n, largest, sum / n, spread == 0 ? 0 : Math.sqrt(differences / spread), reference);
    }

    private static float[] centred(float[] logits) {
        double mean = 0;
        for (float logit : logits) {
            mean += logit;
        }
        mean /= logits.length;
        float[] centred = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            centred[i] = (float) (logits[i] - mean);
        }
        return centred;
    }

    /** @throws ScoringException INVALID_REQUEST if the two do not answer the same questions about the same pixels */
    static void requireSameQuestions(ModelPackage exact, ModelPackage other) {
        Manifest a = exact.manifest();
        Manifest b = other.manifest();
        if (!a.precision().equals("fp32")) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    a.ref() + " is kept in " + a.precision() + "; what others are measured against is fp32");
        }
        if (!a.input().equals(b.input())
                || !a.prompts().equals(b.prompts())
                || !a.levelNames().equals(b.levelNames())) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    a.ref() + " and " + b.ref() + " are not the same network: input, prompts or levels differ");
        }
    }
}
