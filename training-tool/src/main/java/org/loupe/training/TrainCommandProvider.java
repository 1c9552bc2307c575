package org.loupe.training;

import org.loupe.command.CommandProvider;

/** Registers {@code loupe train}. */
public final class TrainCommandProvider implements CommandProvider {
    @Override
    public Object command() {
        return new TrainCommand();
    }
}
