package org.loupe.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** A set of bytes of a file, kept as few half-open ranges. Not safe for use by many threads. */
final class ByteRanges {
    /** Bytes {@code [from, to)}. */
    record Range(long from, long to) {
        Range {
            if (from < 0 || to < from) {
                throw new IllegalArgumentException("no range: " + from + ".." + to);
            }
        }

        long bytes() {
            return to - from;
        }
    }

    private final NavigableMap<Long, Long> ends = new TreeMap<>();

    static ByteRanges of(List<Range> ranges) {
        ByteRanges set = new ByteRanges();
        ranges.forEach(set::add);
        return set;
    }

    void add(Range range) {
        if (range.bytes() == 0) {
            return;
        }
        long from = range.from();
        long to = range.to();
        Map.Entry<Long, Long> before = ends.floorEntry(from);
        if (before != null && before.getValue() >= from) {
            from = before.getKey();
            to = Math.max(to, before.getValue());
        }
        for (Map.Entry<Long, Long> after = ends.ceilingEntry(from);
                after != null && after.getKey() <= to;
                after = ends.ceilingEntry(from)) {
            to = Math.max(to, after.getValue());
            ends.remove(after.getKey());
        }
        ends.put(from, to);
    }

    void clear() {
        ends.clear();
    }

    long bytes() {
        return ends.entrySet().stream()
                .mapToLong(each -> each.getValue() - each.getKey())
                .sum();
    }

    List<Range> ranges() {
        List<Range> ranges = new ArrayList<>();
        ends.forEach((from, to) -> ranges.add(new Range(from, to)));
        return ranges;
    }

    /** @return the first bytes below the size that are not in the set, at most so many */
    Optional<Range> firstMissing(long size, long most) {
        long from = 0;
        Map.Entry<Long, Long> first = ends.floorEntry(0L);
        if (first != null) {
            from = first.getValue();
        }
        if (from >= size) {
            return Optional.empty();
        }
        Long next = ends.higherKey(from);
        long gapEnd = next == null ? size : Math.min(next, size);
        return Optional.of(new Range(from, Math.min(gapEnd, from + most)));
    }
}
