package org.loupe.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.loupe.digest.Sha256;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.TestPictures;

/**
 * Kills {@code loupe train} with SIGKILL at random moments, resumes it until it is through, and compares every file with those of a run that
 * was left alone. {@code ResumeProof DIRECTORY [SEED [OBJECTIVE]]}, run from the module's directory; the figures stand in docs/training.md.
 */
final class ResumeProof {
    private static final int PICTURES = 90;
    private static final long LONGEST_SECONDS = 280;

    private ResumeProof() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Path directory = Files.createDirectories(Path.of(args[0]));
        long seed = args.length > 1 ? Long.parseLong(args[1]) : 1;
        String objective = args.length > 2 ? args[2] : "soft-levels";
        pictures(directory);
        long began = System.nanoTime();
        Process whole = start(directory, "whole", objective, false);
        if (!whole.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS) || whole.exitValue() != 0) {
            throw new IllegalStateException("the run that was left alone failed");
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf(Locale.ROOT, "left alone: %.1f s%n", seconds);
        SplittableRandom random = new SplittableRandom(seed);
        boolean resume = false;
        int kills = 0;
        while (true) {
            Process process = start(directory, "killed", objective, resume);
            // from before the first picture is read to after the last fit
            long lifeMillis = (long) (1000 * seconds * random.nextDouble(0.05, 0.6));
            resume = true;
            if (process.waitFor(lifeMillis, TimeUnit.MILLISECONDS)) {
                if (process.exitValue() != 0) {
                    throw new IllegalStateException("the resumed run failed");
                }
                break;
            }
            process.destroyForcibly().waitFor();
            kills++;
            System.out.printf(
                    Locale.ROOT,
                    "killed after %.1f s with %d fits done%n",
                    lifeMillis / 1e3,
                    fits(directory.resolve("killed")));
        }
        SortedMap<String, String> expected = digests(directory.resolve("whole"));
        SortedMap<String, String> found = digests(directory.resolve("killed"));
        List<String> differing = new ArrayList<>();
        expected.forEach((file, digest) -> {
            if (!digest.equals(found.get(file))) {
                differing.add(file);
            }
        });
        System.out.printf(
                Locale.ROOT, "%d kills; %d files, %d differ %s%n", kills, expected.size(), differing.size(), differing);
        for (String file :
                List.of("package/model.onnx.data", "package/model.json", "predictions.csv", "run.json", "run.jsonl")) {
            System.out.println(expected.get(file) + "  " + file);
        }
        if (!differing.isEmpty() || !expected.keySet().equals(found.keySet())) {
            System.exit(1);
        }
    }

    private static void pictures(Path directory) throws IOException {
        StringBuilder labels = new StringBuilder("file,task,mos,std,votes,scale_min,scale_max\n");
        StringBuilder splits = new StringBuilder("file,split\n");
        for (int i = 0; i < PICTURES; i++) {
            int level = i % 6;
            var photo = TestPictures.photo(i, 200, 150);
            String name = "photo" + i + ".jpg";
            TestPictures.write(level == 0 ? photo : Distortion.BLUR.apply(photo, level, 1), directory.resolve(name));
            labels.append(name).append(",quality,").append(10 - 2 * level).append(",,5,0,10\n");
            splits.append(name).append(i < 66 ? ",train\n" : i < 78 ? ",val\n" : ",test\n");
        }
        Files.writeString(directory.resolve("labels.csv"), labels);
        Files.writeString(directory.resolve("splits.csv"), splits);
        Files.writeString(
                directory.resolve("recipe.yaml"),
                Files.readString(Path.of("src/main/resources/recipes/loupe-small.yaml"))
                        .replaceAll("log-every: 50", "log-every: 5\n    checkpoint-every: 20")
                        .replaceAll("most-pictures: \\d+", "most-pictures: 6"));
    }

    private static Process start(Path directory, String out, String objective, boolean resume) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx700m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "org.loupe.cli.LoupeMain",
                "train",
                "--labels",
                directory.resolve("labels.csv").toString(),
                "--splits",
                directory.resolve("splits.csv").toString(),
                "--test",
                "test",
                "--recipe",
                directory.resolve("recipe.yaml").toString(),
                "--objective",
                objective,
                "--out",
                directory.resolve(out).toString()));
        if (resume) {
            command.add("--resume");
        }
        Path said = directory.resolve(out + ".txt");
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(said.toFile()))
                .start();
    }

    private static long fits(Path out) throws IOException {
        Path fits = out.resolve("checkpoints/fits");
        if (!Files.isDirectory(fits)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(fits)) {
            return files.filter(file -> file.endsWith("state.json"))
                    .filter(ResumeProof::saysItEnded)
                    .count();
        }
    }

    private static boolean saysItEnded(Path state) {
        try {
            return Files.readString(state).contains("\"end\" : \"steps\"");
        } catch (IOException e) {
            return false; // the check point moved on meanwhile
        }
    }

    /** Everything but seconds and kept features, whose order depends on the reading threads. */
    private static SortedMap<String, String> digests(Path out) throws IOException {
        SortedMap<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(out)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(path -> !path.toString().endsWith(".bin") && !path.endsWith("timing.jsonl"))
                    .toList()) {
                digests.put(out.relativize(file).toString(), Sha256.hex(file));
            }
        }
        return digests;
    }
}
