package org.loupe.training.onealign;

import java.util.Objects;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Frees what one layer computed before the next begins: a whole pass would hold gigabytes of it. */
final class Scopes {
    private Scopes() {}

    /**
     * Must run inside an open scope, which receives the results.
     *
     * @return the results alone; everything else the work made is freed, unless a gradient still needs it
     */
    static Tensor[] keepResults(Supplier<Tensor[]> work) {
        PointerScope outer = Objects.requireNonNull(PointerScope.getInnerScope(), "no scope is open");
        try (PointerScope scope = new PointerScope()) {
            Tensor[] results = work.get();
            for (Tensor result : results) {
                outer.attach(result);
            }
            return results;
        }
    }
}
