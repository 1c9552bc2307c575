package org.loupe.training.experiment;

import org.loupe.command.CommandProvider;

/** Registers {@code loupe experiment}. */
public final class ExperimentCommandProvider implements CommandProvider {
    @Override
    public Object command() {
        return new ExperimentCommand();
    }
}
