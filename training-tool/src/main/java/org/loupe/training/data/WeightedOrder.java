package org.loupe.training.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The order in which epochs look at items that count differently: {@link MixedSampler} over the items of each weight. For one thread. */
public final class WeightedOrder {
    private final MixedSampler sampler;
    private final int[] positions;

    /**
     * @param weights of each item, positive; at least one
     * @param seed same seed, same order
     */
    public WeightedOrder(double[] weights, long seed) {
        Map<Double, List<Integer>> byWeight = new TreeMap<>();
        for (int i = 0; i < weights.length; i++) {
            byWeight.computeIfAbsent(weights[i], w -> new ArrayList<>()).add(i);
        }
        List<MixedSampler.Part> parts = new ArrayList<>();
        byWeight.forEach((weight, items) -> parts.add(new MixedSampler.Part(items.size(), weight)));
        this.sampler = new MixedSampler(parts, seed);
        this.positions = byWeight.values().stream()
                .flatMap(List::stream)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** @return how many items an epoch looks at: the sum of all weights, rounded */
    public int epochDraws() {
        return sampler.epochDraws();
    }

    /**
     * @param epoch from 0
     * @return {@link #epochDraws} positions in the array of weights
     */
    public int[] epoch(long epoch) {
        int[] order = sampler.epoch(epoch);
        for (int i = 0; i < order.length; i++) {
            order[i] = positions[order[i]];
        }
        return order;
    }
}
