package org.loupe.checkpoint;

import org.loupe.command.CommandProvider;

/** Hangs {@code random} below {@code loupe model}. */
public final class ModelRandomCommandProvider implements CommandProvider {
    @Override
    public String parent() {
        return "model";
    }

    @Override
    public Object command() {
        return new ModelRandomCommand();
    }
}
