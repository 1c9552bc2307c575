package org.loupe.training.loop;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * What happened in a run, one JSON object a line. {@code run.jsonl} holds what a repeated or resumed run says again to the last byte;
 * how long it took lies apart, in {@code timing.jsonl}. For one thread; close it.
 *
 * <p>{@code run.jsonl}: {@code {"event":"step","fit":...,"step":10,"epoch":0,"loss":1.52,"learning_rate":0.001,"gradient_norm":0.8}}, where
 * {@code step} counts finished steps and {@code loss} is the mean since the line before;
 * {@code {"event":"evaluation","fit":...,"step":31,"epoch":0,"metrics":{"srcc":0.71},"best":true}};
 * {@code {"event":"end","fit":...,"step":620,"reason":"steps","best_step":558,"metrics":{...}}}. Numbers that are none are {@code null}.
 *
 * <p>{@code timing.jsonl}: {@code {"fit":...,"step":10,"seconds":0.41,"items_per_second":1560.9}}, seconds since the process began or resumed
 * this fit; a resumed run only adds to it.
 */
public final class RunLog implements AutoCloseable {
    /** Below the run's directory. */
    public static final String FILE = "run.jsonl";

    public static final String TIMING = "timing.jsonl";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final FileChannel channel;
    private final FileChannel timing;
    private final Path file;

    private RunLog(Path file, FileChannel channel, FileChannel timing) {
        this.file = file;
        this.channel = channel;
        this.timing = timing;
    }

    /**
     * @param directory the run's; made if absent
     * @param resume whether the fits that are resumed find their lines again; otherwise both files begin anew
     */
    public static RunLog open(Path directory, boolean resume) {
        try {
            Files.createDirectories(directory);
            Path file = directory.resolve(FILE);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                FileChannel timing = FileChannel.open(
                        directory.resolve(TIMING), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (resume) {
                    timing.position(timing.size());
                } else {
                    channel.truncate(0);
                    timing.truncate(0);
                }
                return new RunLog(file, channel, timing);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot log to " + directory + ": " + e, e);
        }
    }

    void step(String fit, long steps, int epoch, double loss, double learningRate, double gradientNorm) {
        ObjectNode line = line("step", fit, steps);
        line.put("epoch", epoch);
        put(line, "loss", loss);
        put(line, "learning_rate", learningRate);
        put(line, "gradient_norm", gradientNorm);
        write(channel, line);
    }

    void evaluation(String fit, long steps, int epoch, Map<String, @Nullable Double> metrics, boolean best) {
        ObjectNode line = line("evaluation", fit, steps);
        line.put("epoch", epoch);
        line.set("metrics", metrics(metrics));
        line.put("best", best);
        write(channel, line);
    }

    void end(String fit, LoopResult result) {
        ObjectNode line = line("end", fit, result.steps());
        line.put("reason", result.reason());
        line.put("best_step", result.bestSteps());
        line.set("metrics", metrics(result.metrics()));
        write(channel, line);
    }

    void timing(String fit, long steps, double seconds, double itemsPerSecond) {
        ObjectNode line = JSON.createObjectNode();
        line.put("fit", fit).put("step", steps);
        put(line, "seconds", seconds);
        put(line, "items_per_second", itemsPerSecond);
        write(timing, line);
    }

    /** Forces what was written to disk. @return length of the log */
    long bytes() {
        try {
            channel.force(false);
            return channel.position();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Goes to where a check point was written. What follows is dropped with the next line, as it will be said once more. */
    void goTo(long bytes) {
        try {
            if (channel.size() < bytes) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        file.getFileName() + " is shorter than the check points say; the run cannot go on with it");
            }
            channel.position(bytes);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static ObjectNode line(String event, String fit, long steps) {
        return JSON.createObjectNode().put("event", event).put("fit", fit).put("step", steps);
    }

    private static ObjectNode metrics(Map<String, @Nullable Double> metrics) {
        ObjectNode node = JSON.createObjectNode();
        metrics.forEach((name, value) -> put(node, name, value == null ? Double.NaN : value));
        return node;
    }

    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }

    private void write(FileChannel to, ObjectNode line) {
        try {
            to.truncate(to.position());
            ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                to.write(bytes);
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private ScoringException failed(IOException e) {
        return new ScoringException(ErrorReason.IO_FAILED, "cannot write " + file.getFileName() + ": " + e, e);
    }

    @Override
    public void close() {
        try (channel;
                timing) {
            channel.truncate(channel.position());
            channel.force(false);
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
