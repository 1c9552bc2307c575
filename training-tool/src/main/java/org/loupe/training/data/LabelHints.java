package org.loupe.training.data;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.loupe.score.Task;
import picocli.CommandLine;

/** Options for what label files leave unsaid. */
public final class LabelHints {
    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--label-task",
            paramLabel = "quality|aesthetics",
            description = "what was rated, where the labels do not say; stars count as aesthetics unless given")
    private @Nullable String task;

    @CommandLine.Option(
            names = "--label-scale",
            paramLabel = "WORST:BEST",
            description = "on what scale, where the labels do not say: 1:5, 0:100, or 100:0 where more is worse")
    private @Nullable String scale;

    /** @throws CommandLine.ParameterException if an option makes no sense */
    public Ratings.Hints hints() {
        return new Ratings.Hints(
                task == null
                        ? null
                        : Task.byId(task.toLowerCase(Locale.ROOT))
                                .orElseThrow(() -> wrong("--label-task is quality or aesthetics, not " + task)),
                scale == null ? null : scale(scale));
    }

    /** @return what was typed, for the record of a run */
    public String typed() {
        return (task == null ? "" : " --label-task " + task) + (scale == null ? "" : " --label-scale " + scale);
    }

    private Scale scale(String text) {
        try {
            return Scale.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong("--label-scale is " + e.getMessage());
        }
    }

    private CommandLine.ParameterException wrong(String what) {
        return new CommandLine.ParameterException(spec.commandLine(), what);
    }
}
