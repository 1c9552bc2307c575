package org.loupe.golden;

import org.loupe.command.CommandProvider;

/** Hangs {@code deviation} below {@code loupe model}. */
public final class ModelDeviationCommandProvider implements CommandProvider {
    @Override
    public String parent() {
        return "model";
    }

    @Override
    public Object command() {
        return new ModelDeviationCommand();
    }
}
