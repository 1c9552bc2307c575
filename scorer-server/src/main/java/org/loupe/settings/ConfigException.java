package org.loupe.settings;

import java.util.List;

/** Settings that cannot be used. Carries everything that is wrong with one record or one file, not only the first finding. */
public final class ConfigException extends RuntimeException {
    private final List<String> problems;

    public ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** @return one sentence a problem, each naming its key */
    public List<String> problems() {
        return problems;
    }
}
