package org.loupe.adapter.folder;

import org.loupe.command.CommandProvider;

/** Adds {@code ./loupe watch}. */
public final class WatchCommandProvider implements CommandProvider {
    @Override
    public Object command() {
        return new WatchCommand();
    }
}
