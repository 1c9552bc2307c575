package org.loupe.training.loop;

import java.util.Locale;
import org.loupe.command.ProgressBar;

/** Shows a fit on the terminal: share, time left, loss, throughput, the last figures. */
public final class ProgressDisplay implements LoopListener {
    private final ProgressBar bar;

    public ProgressDisplay(ProgressBar bar) {
        this.bar = bar;
    }

    @Override
    public void after(Progress p) {
        StringBuilder note =
                new StringBuilder(String.format(Locale.ROOT, "loss %.4f, %.0f items/s", p.loss(), p.itemsPerSecond()));
        p.metrics().forEach((name, value) -> {
            if (value != null) {
                note.append(String.format(Locale.ROOT, ", %s %.3f", name, value));
            }
        });
        bar.at("Training " + p.fit(), p.steps(), p.allSteps(), note.toString());
    }
}
