package org.loupe.dataset;

import org.loupe.command.CommandProvider;
import org.loupe.dataset.check.CheckCommand;
import org.loupe.dataset.check.FoldsCommand;
import org.loupe.dataset.convert.ConvertCommand;
import picocli.CommandLine;

/** Registers {@code loupe dataset} and what hangs below it. */
public final class DatasetCommandProvider implements CommandProvider {
    @Override
    public Object command() {
        return new CommandLine(new DatasetCommand())
                .addSubcommand(new CheckCommand())
                .addSubcommand(new FoldsCommand())
                .addSubcommand(new ConvertCommand());
    }
}
