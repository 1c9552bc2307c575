package org.loupe.training.experiment;

import java.util.List;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;

/**
 * Rated pictures of one task and what the network sees of them.
 *
 * @param name for the reader
 * @param items in the order of the labels
 * @param features raw, one row an item; shared, not changed
 */
record RatedSet(String name, Task task, List<Rated> items, List<float[]> features) {
    RatedSet {
        items = List.copyOf(items);
        features = List.copyOf(features);
    }

    int size() {
        return items.size();
    }

    double[] ratings() {
        return items.stream().mapToDouble(Rated::mos).toArray();
    }
}
