package org.loupe.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Collects what is wrong with a configuration, so that its author reads all of it after one try. For one thread. */
public final class ConfigProblems {
    private final List<String> problems = new ArrayList<>();

    /**
     * @param holds whether the setting is acceptable
     * @param format what is wrong if not, for {@link String#format}: the setting's name, its range and what it was
     */
    public ConfigProblems check(boolean holds, String format, Object... arguments) {
        if (!holds) {
            problems.add(String.format(Locale.ROOT, format, arguments));
        }
        return this;
    }

    /** @throws IllegalArgumentException naming every problem, one a line, if there was any */
    public void throwIfAny() {
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", problems));
        }
    }
}
