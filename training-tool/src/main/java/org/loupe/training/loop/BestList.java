package org.loupe.training.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which evaluations were the best so far, best first, and how long ago the last better one was. For one thread. */
final class BestList {
    private final LoopConfig config;
    private final List<LoopState.Best> list = new ArrayList<>();
    private @Nullable Double top;
    private int withoutBetter;

    /**
     * @param better than everything before
     * @param kept whether it belongs to the best that are kept
     */
    record Outcome(boolean better, boolean kept) {}

    BestList(LoopConfig config) {
        this.config = config;
    }

    void restore(LoopState state) {
        list.addAll(state.best());
        withoutBetter = state.withoutBetter();
        top = state.top();
    }

    Outcome offer(long steps, Map<String, @Nullable Double> metrics) {
        if (!metrics.containsKey(config.watch())) {
            throw new IllegalStateException(
                    "an evaluation gives " + metrics.keySet() + ", without the " + config.watch() + " that is watched");
        }
        Double value = metrics.get(config.watch());
        boolean better = config.better(number(value), number(top));
        if (better) {
            top = value;
            withoutBetter = 0;
        } else {
            withoutBetter++;
        }
        int place = 0;
        while (place < list.size()
                && !config.better(number(value), number(list.get(place).value()))) {
            place++; // of equals the earlier one stays in front
        }
        boolean kept = place < config.keepBest();
        if (kept) {
            list.add(place, new LoopState.Best(steps, value, metrics));
            while (list.size() > config.keepBest()) {
                list.remove(list.size() - 1);
            }
        }
        return new Outcome(better, kept);
    }

    boolean patienceIsOver() {
        return config.patience() > 0 && withoutBetter >= config.patience();
    }

    /** @return the best; null before the first evaluation and where none are kept */
    LoopState.@Nullable Best first() {
        return list.isEmpty() ? null : list.get(0);
    }

    List<LoopState.Best> list() {
        return List.copyOf(list);
    }

    @Nullable
    Double top() {
        return top;
    }

    int withoutBetter() {
        return withoutBetter;
    }

    private static double number(@Nullable Double value) {
        return value == null ? Double.NaN : value;
    }
}
