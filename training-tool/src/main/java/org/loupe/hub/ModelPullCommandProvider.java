package org.loupe.hub;

import org.loupe.command.CommandProvider;

/** Hangs {@code pull} below {@code loupe model}. */
public final class ModelPullCommandProvider implements CommandProvider {
    @Override
    public String parent() {
        return "model";
    }

    @Override
    public Object command() {
        return new ModelPullCommand();
    }
}
