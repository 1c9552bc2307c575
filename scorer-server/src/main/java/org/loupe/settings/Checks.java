package org.loupe.settings;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with the components of one config record, so that all of it is reported at once. Used in a compact constructor. */
public final class Checks {
    private final List<String> problems = new ArrayList<>();

    /**
     * Remembers a problem unless the condition holds.
     *
     * @param format a sentence naming the key, its range and the value, for {@link String#format}
     */
    @SuppressWarnings(
            "AnnotateFormatMethod") // the annotation would be this library's only use of error-prone at run time
    public Checks check(boolean holds, String format, Object... arguments) {
        if (!holds) {
            problems.add(String.format(format, arguments));
        }
        return this;
    }

    /** @throws ConfigException with every problem remembered, if there is one */
    public void done() {
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }
}
