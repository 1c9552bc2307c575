package org.loupe.export.adapter;

import org.loupe.command.CommandProvider;

/** Hangs {@code import-adapter} below {@code loupe model}. */
public final class ImportAdapterCommandProvider implements CommandProvider {
    @Override
    public String parent() {
        return "model";
    }

    @Override
    public Object command() {
        return new ImportAdapterCommand();
    }
}
