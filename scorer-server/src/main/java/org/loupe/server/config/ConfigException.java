package org.loupe.server.config;

import java.util.List;

/** Settings a server cannot start with. Carries everything that is wrong, not only the first finding. */
public final class ConfigException extends IllegalArgumentException {
    private final List<String> problems;

    ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** @return one sentence a problem, each naming its key */
    public List<String> problems() {
        return problems;
    }
}
