package org.loupe.report;

import org.loupe.command.CommandProvider;

/** Registers {@code loupe report}. */
public final class ReportCommandProvider implements CommandProvider {
    @Override
    public Object command() {
        return new ReportCommand();
    }
}
