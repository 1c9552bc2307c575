package org.loupe.training.loop;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a run stands, besides tensors. The order of the data and everything random follow from seed and step, so neither is here.
 *
 * @param identity digest of everything the run depends on; a check point is of no use to another
 * @param steps done
 * @param lossSum of the steps since the last line of the log
 * @param lossCount how many those are
 * @param best what was kept, best first
 * @param top best value of the watched figure so far; null before there is one
 * @param withoutBetter evaluations since the last better one
 * @param metrics of the last evaluation; empty before it. What is not a number is null
 * @param logBytes length of the log at that moment
 * @param end why the run is over; null while it is not
 * @param weights digest of the file with the tensors
 */
record LoopState(
        String identity,
        long steps,
        double lossSum,
        int lossCount,
        List<Best> best,
        @Nullable Double top,
        int withoutBetter,
        Map<String, @Nullable Double> metrics,
        long logBytes,
        @Nullable String end,
        String weights) {

    /**
     * @param steps after which it was measured
     * @param value of the watched figure; null where it was not a number
     * @param metrics all of them
     */
    record Best(long steps, @Nullable Double value, Map<String, @Nullable Double> metrics) {}
}
