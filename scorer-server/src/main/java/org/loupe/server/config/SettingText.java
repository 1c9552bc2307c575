package org.loupe.server.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Values of settings as an operator writes them: {@code 5ms}, {@code 32MiB}, {@code true}, {@code a, b}. */
final class SettingText {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*(KiB|MiB|GiB)?");

    private SettingText() {}

    /** @throws IllegalArgumentException saying what was wanted */
    static Object parse(Type type, String text) {
        String value = text.strip();
        if (type instanceof ParameterizedType generic) {
            Type inner = generic.getActualTypeArguments()[0];
            if (generic.getRawType() == Optional.class) {
                return value.isEmpty() ? Optional.empty() : Optional.of(parse(inner, value));
            }
            return Arrays.stream(value.split(",", -1))
                    .map(String::strip)
                    .filter(part -> !part.isEmpty())
                    .toList();
        }
        if (type == int.class) {
            return (int) number(value, Integer.MAX_VALUE);
        }
        if (type == long.class) {
            return number(value, Long.MAX_VALUE);
        }
        if (type == boolean.class) {
            return truth(value);
        }
        if (type == Duration.class) {
            return duration(value);
        }
        if (type instanceof Class<?> choice && choice.isEnum()) {
            return choice(choice, value);
        }
        if (type == Path.class) {
            return Path.of(value);
        }
        return value;
    }

    /** @return the text that {@link #parse} turns into that value */
    static String print(Object value) {
        if (value instanceof Optional<?> optional) {
            return optional.map(SettingText::print).orElse("");
        }
        if (value instanceof List<?> list) {
            return list.stream().map(SettingText::print).collect(Collectors.joining(", "));
        }
        if (value instanceof Duration duration) {
            return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
        }
        if (value instanceof Enum<?> choice) {
            return choice.name().toLowerCase(Locale.ROOT);
        }
        if (value instanceof Long size && size >= 1 << 20 && size % (1 << 20) == 0) {
            return (size >> 20) + "MiB";
        }
        return String.valueOf(value);
    }

    private static Object choice(Class<?> type, String value) {
        List<String> known = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            if (print(constant).equals(value)) {
                return constant;
            }
            known.add(print(constant));
        }
        throw new IllegalArgumentException("must be one of " + String.join(", ", known) + ", was '" + value + "'");
    }

    private static long number(String value, long most) {
        Matcher matcher = SIZE.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "must be a whole number, with KiB, MiB or GiB if it is a size, was '" + value + "'");
        }
        String unit = matcher.group(2);
        int shift = unit == null ? 0 : unit.equals("KiB") ? 10 : unit.equals("MiB") ? 20 : 30;
        long number = Long.parseLong(matcher.group(1));
        if (number > most >> shift) {
            throw new IllegalArgumentException("is too large: '" + value + "'");
        }
        return number << shift;
    }

    private static boolean truth(String value) {
        if (value.equals("true") || value.equals("false")) {
            return value.equals("true");
        }
        throw new IllegalArgumentException("must be true or false, was '" + value + "'");
    }

    private static Duration duration(String value) {
        Matcher matcher = DURATION.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("must be a time such as 5ms, 30s, 2m or 1h, was '" + value + "'");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }
}
