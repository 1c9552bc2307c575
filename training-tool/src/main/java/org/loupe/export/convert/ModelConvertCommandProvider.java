package org.loupe.export.convert;

import org.loupe.command.CommandProvider;

/** Hangs {@code convert} below {@code loupe model}. */
public final class ModelConvertCommandProvider implements CommandProvider {
    @Override
    public String parent() {
        return "model";
    }

    @Override
    public Object command() {
        return new ModelConvertCommand();
    }
}
