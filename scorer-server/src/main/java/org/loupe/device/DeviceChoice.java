package org.loupe.device;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What somebody asked to run on: {@code auto}, {@code cpu}, {@code cuda}, {@code cuda:1}, {@code cuda:0,cuda:1} or {@code cuda:all}.
 *
 * @param mode what was said
 * @param cuda the GPUs named, in order and each once; only with {@link Mode#CUDA}
 */
public record DeviceChoice(Mode mode, List<Integer> cuda) {
    /** What {@code --device} takes, for its help and for messages. */
    public static final String SYNTAX = "auto, cpu, cuda, cuda:N, several as cuda:0,cuda:1, or cuda:all";

    /** As many GPUs as one machine is built with today. */
    private static final int MOST_DEVICES = 16;

    private static final Pattern ONE = Pattern.compile("cuda(?::(\\d{1,2}))?");

    /** How firmly it was said. */
    public enum Mode {
        /** A GPU if a session can really be opened there, else the processor. */
        AUTO,
        /** The processor. */
        CPU,
        /** Exactly these GPUs, or a failure. */
        CUDA,
        /** Every GPU this process may see, or a failure if there is none. */
        CUDA_ALL
    }

    public DeviceChoice {
        cuda = List.copyOf(cuda);
    }

    /** @throws IllegalArgumentException saying what may be asked for */
    public static DeviceChoice parse(String text) {
        return switch (text) {
            case "auto" -> new DeviceChoice(Mode.AUTO, List.of());
            case "cpu" -> new DeviceChoice(Mode.CPU, List.of());
            case "cuda:all" -> new DeviceChoice(Mode.CUDA_ALL, List.of());
            default -> new DeviceChoice(Mode.CUDA, numbers(text));
        };
    }

    private static List<Integer> numbers(String text) {
        List<Integer> numbers = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher matcher = ONE.matcher(part.strip());
            if (!matcher.matches()) {
                throw new IllegalArgumentException("a device is " + SYNTAX + ", not '" + text + "'");
            }
            int number = matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1));
            if (number >= MOST_DEVICES || numbers.contains(number)) {
                throw new IllegalArgumentException("devices are numbered 0.." + (MOST_DEVICES - 1)
                        + " and each is named once, not '" + text + "'");
            }
            numbers.add(number);
        }
        return numbers;
    }
}
