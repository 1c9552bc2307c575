package org.loupe.export.adapter;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.loupe.checkpoint.ModelRandomCommandProvider;
import org.loupe.engine.AdapterHandle;
import org.loupe.engine.EngineBatch;
import org.loupe.export.AdapterTargets;
import org.loupe.export.Precision;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.Score;
import org.loupe.scratch.ScratchDirectory;
import picocli.CommandLine;

/**
 * How far the scores of an adapter on a base in fp16, int8 and int4 are from those of the same adapter on the same base in fp32, on a slice of
 * OneAlign with its real widths and random weights; beside it the same for the base alone, and how far the adapter moves the scores at all.
 *
 * <pre>java org.loupe.export.adapter.AdapterDeviation EMPTY_DIRECTORY VISION_LAYERS LANGUAGE_LAYERS RANK SCALE</pre>
 *
 * Some gigabytes of disk for two layers each; every package is deleted when it has answered.
 */
final class AdapterDeviation {
    private static final int PICTURES = 6;
    private static final int PATCH = 32;

    private AdapterDeviation() {}

    /** Level logits and MOS of every picture and task. */
    private record Answers(List<float[]> logits, List<Float> mos) {}

    public static void main(String[] args) throws IOException {
        Path place = Path.of(args[0]);
        int rank = Integer.parseInt(args[3]);
        Path checkpoint = place.resolve("checkpoint");
        int exit = new CommandLine(new ModelRandomCommandProvider().command())
                .setOut(new PrintWriter(new StringWriter()))
                .execute(
                        "--like",
                        "one-align",
                        "--vision-layers",
                        args[1],
                        "--language-layers",
                        args[2],
                        "--out",
                        checkpoint.toString());
        if (exit != 0) {
            throw new IOException("no checkpoint could be written");
        }
        Path peft = place.resolve("peft");
        new RandomAdapter(checkpoint, rank, rank * Double.parseDouble(args[4]), 3)
                .at("self_attn.q_proj", "self_attn.v_proj.multiway.1")
                .write(peft);
        @Nullable Answers exactAlone = null;
        @Nullable Answers exactAdapted = null;
        for (Precision precision : Precision.values()) {
            Answers alone;
            Answers adapted;
            try (ScratchDirectory own = ScratchDirectory.create("adapter-deviation");
                    AdapterRun base =
                            AdapterRun.of(checkpoint, own.path().resolve("base"), precision, AdapterTargets.DEFAULT);
                    AdapterPackage files =
                            base.adapter(peft, checkpoint, own.path().resolve("adapter"));
                    AdapterHandle handle = base.engine().addAdapter(files)) {
                alone = ask(base, null);
                adapted = ask(base, handle);
            }
            if (exactAlone == null || exactAdapted == null) {
                exactAlone = alone;
                exactAdapted = adapted;
                print("the adapter against the base, fp32", exactAlone, exactAdapted);
            } else {
                print(precision.id() + " against fp32, base", exactAlone, alone);
                print(precision.id() + " against fp32, with the adapter", exactAdapted, adapted);
            }
        }
    }

    private static Answers ask(AdapterRun base, @Nullable AdapterHandle adapter) {
        Manifest manifest = base.model().manifest();
        int side = Objects.requireNonNull(manifest.input().side());
        List<float[]> logits = new ArrayList<>();
        List<Float> mos = new ArrayList<>();
        for (int picture = 0; picture < PICTURES; picture++) {
            float[][] rows = base.engine()
                    .run(new EngineBatch(
                            1, side, side, pixels(picture, side), new long[][] {{0}, {0}}, new long[] {0, 1}, adapter))
                    .levelLogits();
            for (int row = 0; row < rows.length; row++) {
                logits.add(rows[row]);
                mos.add(Score.of(
                                manifest.prompts().get(row).task(),
                                manifest.levelNames(),
                                manifest.levelWeights(),
                                rows[row])
                        .mos());
            }
        }
        return new Answers(logits, mos);
    }

    /** Patches of colour with grain on them. */
    private static ByteBuffer pixels(int seed, int side) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(side * side * 3);
        SplittableRandom grain = new SplittableRandom(seed);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                for (int c = 0; c < 3; c++) {
                    int patch = (y / PATCH) * 1000 + x / PATCH;
                    int colour = new SplittableRandom(seed * 7_919L + patch * 3L + c).nextInt(30, 226);
                    pixels.put((byte) (colour + grain.nextInt(-20, 21)));
                }
            }
        }
        return pixels.flip();
    }

    private static void print(String what, Answers exact, Answers other) {
        double largest = 0;
        double sum = 0;
        double differences = 0;
        double spread = 0;
        for (int i = 0; i < exact.mos().size(); i++) {
            double apart = Math.abs(exact.mos().get(i) - other.mos().get(i));
            largest = Math.max(largest, apart);
            sum += apart;
            float[] a = exact.logits().get(i);
            float[] b = other.logits().get(i);
            double middleA = 0;
            double middleB = 0;
            for (int l = 0; l < a.length; l++) {
                middleA += a[l] / a.length;
                middleB += b[l] / b.length;
            }
            for (int l = 0; l < a.length; l++) {
                differences += Math.pow(a[l] - middleA - b[l] + middleB, 2);
                spread += Math.pow(a[l] - middleA, 2);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%-40s MOS off by %.4f at most, %.4f on average; level logits by %.2f %% of their spread%n",
                what,
                largest,
                sum / exact.mos().size(),
                100 * Math.sqrt(differences / spread));
    }
}
