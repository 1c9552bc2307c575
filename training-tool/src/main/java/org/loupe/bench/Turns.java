package org.loupe.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** Times several pieces of work in turns, A B C A B C, so that whatever else the machine does meets all of them alike. */
final class Turns {
    private final Map<String, Runnable> work = new LinkedHashMap<>();

    /** @return itself */
    Turns add(String name, Runnable one) {
        work.put(name, one);
        return this;
    }

    int size() {
        return work.size();
    }

    /** Times of all pieces, round by round. */
    record Times(Map<String, double[]> millis) {
        /** @return whether that piece was timed */
        boolean has(String name) {
            return millis.containsKey(name);
        }

        /** @return milliseconds of every round */
        double[] of(String name) {
            double[] times = millis.get(name);
            if (times == null) {
                throw new IllegalArgumentException(name + " was not timed");
            }
            return times;
        }

        double median(String name) {
            return Turns.median(of(name));
        }

        /** @return the median of one piece's time less another's, each pair from the same round */
        double medianDifference(String more, String less) {
            double[] a = of(more);
            double[] b = of(less);
            double[] difference = new double[a.length];
            for (int i = 0; i < a.length; i++) {
                difference[i] = a[i] - b[i];
            }
            return Turns.median(difference);
        }
    }

    /**
     * @param warmUps rounds that are not counted
     * @param rounds rounds that are
     * @param done told the number of pieces timed so far, of {@code size() * (warmUps + rounds)}
     */
    Times run(int warmUps, int rounds, IntConsumer done) {
        Map<String, double[]> millis = new LinkedHashMap<>();
        work.keySet().forEach(name -> millis.put(name, new double[rounds]));
        List<String> names = new ArrayList<>(work.keySet());
        int count = 0;
        for (int round = -warmUps; round < rounds; round++) {
            for (String name : names) {
                long start = System.nanoTime();
                work.getOrDefault(name, () -> {}).run();
                double took = (System.nanoTime() - start) / 1e6;
                if (round >= 0) {
                    millis.getOrDefault(name, new double[rounds])[round] = took;
                }
                done.accept(++count);
            }
        }
        return new Times(millis);
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
