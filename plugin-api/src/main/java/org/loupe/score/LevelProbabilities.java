package org.loupe.score;

import java.util.List;

/**
 * Softmax over the logits of the level words.
 *
 * @param names level names of the model, best first; the five of {@link Level} for OneAlign, others are possible
 * @param values one probability per name, each in [0, 1], together 1
 */
public record LevelProbabilities(List<String> names, List<Float> values) {
    public LevelProbabilities {
        names = List.copyOf(names);
        values = List.copyOf(values);
        if (names.size() != values.size() || names.size() < 2) {
            throw new IllegalArgumentException("need one probability per level, got " + names + " and " + values);
        }
    }
}
