package org.loupe.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.loupe.device.CudaAdvice;
import org.loupe.device.Device;
import org.loupe.device.DeviceChoice;
import org.loupe.device.NvidiaFindings;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what somebody asked to run on into opened things on devices. A device that was named is used or the whole fails; only {@code auto}
 * falls back to the processor, and says so where a GPU could have been expected.
 */
final class Placement {
    private static final Logger LOG = LoggerFactory.getLogger(Placement.class);

    private Placement() {}

    /**
     * Opens one thing a device.
     *
     * @param opener throws DEVICE_UNAVAILABLE, or whatever a graph may be refused for
     * @return in the order asked for; when one cannot be opened the ones before it are closed
     */
    static <T extends AutoCloseable> List<T> open(DeviceChoice choice, Function<Device, T> opener) {
        return switch (choice.mode()) {
            case CPU -> List.of(opener.apply(Device.CPU));
            case CUDA -> all(choice.cuda(), opener);
            case CUDA_ALL -> all(everyGpu(), opener);
            case AUTO -> List.of(automatic(opener));
        };
    }

    /** As {@link #open}, the first device alone. */
    static <T extends AutoCloseable> T openOne(DeviceChoice choice, Function<Device, T> opener) {
        return switch (choice.mode()) {
            case CPU -> opener.apply(Device.CPU);
            case CUDA -> opener.apply(Device.cuda(choice.cuda().get(0)));
            case CUDA_ALL -> opener.apply(Device.cuda(0));
            case AUTO -> automatic(opener);
        };
    }

    private static <T extends AutoCloseable> List<T> all(List<Integer> numbers, Function<Device, T> opener) {
        List<T> opened = new ArrayList<>();
        try {
            numbers.forEach(number -> opened.add(opener.apply(Device.cuda(number))));
            return opened;
        } catch (RuntimeException e) {
            opened.forEach(Placement::closeQuietly);
            throw e;
        }
    }

    private static void closeQuietly(AutoCloseable opened) {
        try {
            opened.close();
        } catch (Exception e) {
            LOG.warn("{} could not be closed", opened, e);
        }
    }

    private static List<Integer> everyGpu() {
        int count = NvidiaFindings.look().visibleGpus();
        // without a count the first one is tried, so that the failure names what is missing
        return IntStream.range(0, Math.max(1, count)).boxed().toList();
    }

    private static <T extends AutoCloseable> T automatic(Function<Device, T> opener) {
        if (!EngineBuild.withCuda()) {
            LOG.info("models run on the processor: this build carries no CUDA");
            return opener.apply(Device.CPU);
        }
        if (!NvidiaFindings.look().driverPresent()) {
            LOG.info("models run on the processor: this machine has no NVIDIA driver");
            return opener.apply(Device.CPU);
        }
        try {
            T opened = opener.apply(Device.cuda(0));
            LOG.info("models run on {}", Device.cuda(0));
            return opened;
        } catch (ScoringException e) {
            T opened = opener.apply(Device.CPU); // a graph that is broken anywhere fails here with its own reason
            LOG.warn("models run on the processor although there is an NVIDIA driver: {}", e.getMessage());
            return opened;
        }
    }

    /** @param refusal what ONNX Runtime said */
    static ScoringException unavailable(Device device, String refusal, Throwable cause) {
        return new ScoringException(
                ErrorReason.DEVICE_UNAVAILABLE,
                device + " cannot be used: "
                        + CudaAdvice.of(EngineBuild.withCuda(), NvidiaFindings.look(), device.index(), refusal),
                cause);
    }
}
