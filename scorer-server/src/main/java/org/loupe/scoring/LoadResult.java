package org.loupe.scoring;

import java.util.List;
import org.loupe.score.ModelRef;

/**
 * What loading a model changed.
 *
 * @param model the model, ready
 * @param unloaded what went for it
 * @param drainedFirst whether it had to go before the new one could be loaded
 * @param cutOff requests that were unanswered when the drain time had passed
 */
public record LoadResult(ModelStatus model, List<ModelRef> unloaded, boolean drainedFirst, int cutOff) {
    public LoadResult {
        unloaded = List.copyOf(unloaded);
    }
}
