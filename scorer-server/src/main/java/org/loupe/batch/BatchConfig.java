package org.loupe.batch;

import java.time.Duration;
import java.util.List;
import org.loupe.config.ConfigProblems;
import org.loupe.device.Device;
import org.loupe.settings.ConfigPrefix;
import org.loupe.settings.Doc;

/**
 * How jobs are grouped and how many may wait.
 *
 * @param maxBatchFrames most frames of one run, 0 for what suits the device; a clip with more makes a run of its own
 * @param maxBatchRows most rows of one run
 * @param maxQueueDelay longest wait for a fuller batch
 * @param maxQueuedFrames most frames waiting, over all lanes
 */
@ConfigPrefix("batching")
public record BatchConfig(
        @Doc(
                "Most frames in one run, 0..64; 0 takes 8 on a GPU and 1 on the processor, where larger runs gain little and a photo's last"
                        + " digits would depend on what happens to be scored beside it")
        int maxBatchFrames,

        @Doc("Most rows (a photo asked for one task is one row) in one run, 1..256")
        int maxBatchRows,

        @Doc("Longest wait for a fuller batch, 0..1s; adds directly to latency")
        Duration maxQueueDelay,

        @Doc(
                "Most frames waiting for the engine, 1..65536, about 1.5 MB each; beyond that requests are answered OVERLOADED")
        int maxQueuedFrames) {
    /** 256 frames waiting are 400 MB at the largest size of the bundled model, and some seconds of work. */
    public static final BatchConfig DEFAULT = new BatchConfig(0, 32, Duration.ofMillis(2), 256);

    /** Keeps a GPU busy without making the first of a batch wait long for the last. */
    private static final int GPU_FRAMES = 8;

    public BatchConfig {
        new ConfigProblems()
                .check(
                        maxBatchFrames >= 0 && maxBatchFrames <= 64,
                        "batching.max-batch-frames must be 0..64, was %s",
                        maxBatchFrames)
                .check(
                        maxBatchRows >= 1 && maxBatchRows <= 256,
                        "batching.max-batch-rows must be 1..256, was %s",
                        maxBatchRows)
                .check(
                        !maxQueueDelay.isNegative() && maxQueueDelay.compareTo(Duration.ofSeconds(1)) <= 0,
                        "batching.max-queue-delay must be 0..1s, was %s",
                        maxQueueDelay)
                .check(
                        maxQueuedFrames >= 1 && maxQueuedFrames <= 65536,
                        "batching.max-queued-frames must be 1..65536, was %s",
                        maxQueuedFrames)
                .throwIfAny();
    }

    /** @return the same settings with the number of frames that suits the devices, where none is set */
    BatchConfig on(List<Device> devices) {
        if (maxBatchFrames > 0) {
            return this;
        }
        boolean gpu = devices.stream().anyMatch(device -> device.kind() != Device.Kind.CPU);
        return new BatchConfig(gpu ? GPU_FRAMES : 1, maxBatchRows, maxQueueDelay, maxQueuedFrames);
    }
}
