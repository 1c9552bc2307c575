package org.loupe.bench;

import org.loupe.command.CommandProvider;

/** Hangs {@code bench} below {@code loupe model}. */
public final class ModelBenchCommandProvider implements CommandProvider {
    @Override
    public String parent() {
        return "model";
    }

    @Override
    public Object command() {
        return new ModelBenchCommand();
    }
}
