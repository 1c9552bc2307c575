package org.loupe.golden;

import org.loupe.command.CommandProvider;

/** Hangs {@code check} below {@code loupe model}. */
public final class ModelCheckCommandProvider implements CommandProvider {
    @Override
    public String parent() {
        return "model";
    }

    @Override
    public Object command() {
        return new ModelCheckCommand();
    }
}
