package org.loupe.export;

import org.loupe.command.CommandProvider;

/** Hangs {@code import} below {@code loupe model}. */
public final class ModelImportCommandProvider implements CommandProvider {
    @Override
    public String parent() {
        return "model";
    }

    @Override
    public Object command() {
        return new ModelImportCommand();
    }
}
