package org.loupe.adapter.folder.demo;

import org.loupe.command.CommandProvider;

/** Adds {@code loupe demo}. */
public final class DemoCommandProvider implements CommandProvider {
    @Override
    public Object command() {
        return new DemoCommand();
    }
}
