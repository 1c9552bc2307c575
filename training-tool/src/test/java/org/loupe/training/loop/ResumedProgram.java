package org.loupe.training.loop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.loupe.digest.Sha256;

/**
 * Trains the toy in a process of its own, which {@link KillTest} kills: {@code DIRECTORY RESUME PAUSE_AFTER}. After so many steps it says
 * so and waits for its end.
 */
final class ResumedProgram {
    static final String PAUSED = "paused";

    private ResumedProgram() {}

    public static void main(String[] args) throws IOException {
        Path out = Path.of(args[0]);
        boolean resume = Boolean.parseBoolean(args[1]);
        long pauseAfter = Long.parseLong(args[2]);
        LoopConfig config = LoopConfig.DEFAULT
                .with("epochs", 20)
                .with("batch", 8)
                .with("learning-rate", 0.02)
                .with("accumulation", 2)
                .with("clip", 5.0)
                .with("keep-best", 2)
                .with("read-ahead", 2)
                .with("checkpoint-every", 9);
        try (PointerScope memory = new PointerScope();
                RunLog log = RunLog.open(out, resume)) {
            ToyTrainable toy = new ToyTrainable(64, 3, ScalarType.Float);
            CheckpointStore store = new CheckpointStore(out.resolve("checkpoints/line"), resume);
            LoopResult result = new TrainingLoop(config, "line")
                    .keeping(store, "64 points of seed 3")
                    .logging(log)
                    .watchedBy(progress -> {
                        if (progress.steps() == pauseAfter) {
                            waitForTheEnd();
                        }
                    })
                    .run(toy);
            List<PredictionsCsv.Row> rows = new ArrayList<>();
            for (float weight : toy.weights()) {
                rows.add(new PredictionsCsv.Row(
                        "weight", "quality", "val", 1, OptionalDouble.empty(), weight, new double[0]));
            }
            PredictionsCsv.write(out, List.of(), rows);
            new RunManifest(
                            "toy",
                            List.of("toy"),
                            config.seed(),
                            config.toJson(),
                            List.of(),
                            java.util.Map.of("line", result),
                            config.toJson(),
                            java.util.Map.of(
                                    PredictionsCsv.FILE,
                                    Sha256.hex(Files.readAllBytes(out.resolve(PredictionsCsv.FILE)))))
                    .write(out);
        }
        System.out.println("finished");
    }

    private static void waitForTheEnd() {
        System.out.println(PAUSED);
        try {
            Thread.sleep(60_000); // whoever started this kills it long before
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
