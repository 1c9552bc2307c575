package org.loupe.evaluation.command;

import org.loupe.command.CommandProvider;

/** Registers {@code loupe evaluate}. */
public final class EvaluateCommandProvider implements CommandProvider {
    @Override
    public Object command() {
        return new EvaluateCommand();
    }
}
