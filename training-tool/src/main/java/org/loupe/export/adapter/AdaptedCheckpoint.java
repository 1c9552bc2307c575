package org.loupe.export.adapter;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.TensorInfo;

/**
 * The base as if the adapter had been merged into it, computed while it is read: {@code W + scale B A} for a module with a pair, the
 * adapter's own tensor where one was trained in full, the base's everywhere else. Owns neither checkpoint. Safe for several readers.
 */
final class AdaptedCheckpoint implements Checkpoint {
    private final Checkpoint base;
    private final PeftCheckpoint adapter;
    private final Map<String, LowRank> pairs = new HashMap<>();
    /** Layers are read one after the other, so one pair is enough; several threads may read the same one. */
    private volatile @Nullable Pair last;

    private record Pair(LowRank of, float[] a, float[] b) {}

    AdaptedCheckpoint(Checkpoint base, PeftCheckpoint adapter) {
        this.base = base;
        this.adapter = adapter;
        adapter.pairs().forEach((module, pair) -> pairs.put(module + ".weight", pair));
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return base.tensors();
    }

    @Override
    public void read(String name, long first, float[] target, int at, int count) throws IOException {
        String own = adapter.replaced().get(name);
        if (own != null) {
            adapter.read(own, first, target, at, count);
            return;
        }
        base.read(name, first, target, at, count);
        LowRank pair = pairs.get(name);
        if (pair != null) {
            add(matrices(pair), first, target, at, count);
        }
    }

    /** Row by row of W: the sum over the rank is taken in double and rounded once. */
    private static void add(Pair pair, long first, float[] target, int at, int count) {
        int in = pair.of().in();
        int rank = pair.of().rank();
        double[] sums = new double[Math.min(in, count)];
        for (int done = 0; done < count; ) {
            int row = (int) ((first + done) / in);
            int column = (int) ((first + done) % in);
            int some = Math.min(in - column, count - done);
            for (int i = 0; i < some; i++) {
                sums[i] = target[at + done + i];
            }
            for (int r = 0; r < rank; r++) {
                double b = pair.of().scale() * pair.b()[row * rank + r];
                int from = r * in + column;
                for (int i = 0; i < some; i++) {
                    sums[i] += b * pair.a()[from + i];
                }
            }
            for (int i = 0; i < some; i++) {
                target[at + done + i] = (float) sums[i];
            }
            done += some;
        }
    }

    private Pair matrices(LowRank pair) throws IOException {
        Pair known = last;
        if (known == null || !Objects.equals(known.of(), pair)) {
            known = new Pair(
                    pair,
                    adapter.all(pair.a(), pair.rank(), pair.in()),
                    adapter.all(pair.b(), pair.out(), pair.rank()));
            last = known;
        }
        return known;
    }

    @Override
    public void close() {
        // Both checkpoints belong to whoever opened them.
    }
}
