package org.loupe.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The few names that {@code torch.save} writes for tensors, and what each describes. The whole list of what a pickle may ask for. */
final class TorchObjects {
    private static final Unpickler.Global ORDERED_DICT = new Unpickler.Global("collections", "OrderedDict");
    private static final Unpickler.Global REBUILD_TENSOR = new Unpickler.Global("torch._utils", "_rebuild_tensor_v2");
    private static final Unpickler.Global REBUILD_PARAMETER =
            new Unpickler.Global("torch._utils", "_rebuild_parameter");
    private static final Map<Unpickler.Global, ElementType> STORAGES = storages();
    // More dimensions than any tensor has.
    private static final int MOST_DIMENSIONS = 16;

    private TorchObjects() {}

    private static Map<Unpickler.Global, ElementType> storages() {
        Map<Unpickler.Global, ElementType> storages = new LinkedHashMap<>();
        for (ElementType type : ElementType.values()) {
            storages.put(new Unpickler.Global("torch", TorchPickle.storageClass(type)), type);
        }
        return storages;
    }

    static boolean known(Unpickler.Global global) {
        return global.equals(ORDERED_DICT)
                || global.equals(REBUILD_TENSOR)
                || global.equals(REBUILD_PARAMETER)
                || STORAGES.containsKey(global);
    }

    /** What a call of a known name describes. */
    static Object call(Unpickler.Global function, List<@Nullable Object> arguments)
            throws Unpickler.MalformedException {
        if (function.equals(ORDERED_DICT) && arguments.isEmpty()) {
            return new Unpickler.Dictionary();
        }
        if (function.equals(REBUILD_TENSOR) && arguments.size() >= 4) {
            return view(arguments);
        }
        if (function.equals(REBUILD_PARAMETER)
                && !arguments.isEmpty()
                && arguments.get(0) instanceof Unpickler.View view) {
            return view;
        }
        throw new Unpickler.MalformedException("the pickle calls " + function + " with arguments it does not take");
    }

    private static Unpickler.View view(List<@Nullable Object> arguments) throws Unpickler.MalformedException {
        if (!(arguments.get(0) instanceof Unpickler.Storage storage)
                || !(arguments.get(1) instanceof Long offset)
                || offset < 0) {
            throw new Unpickler.MalformedException("a tensor has no storage");
        }
        List<Long> shape = naturals(arguments.get(2));
        List<Long> strides = naturals(arguments.get(3));
        if (shape.size() != strides.size()) {
            throw new Unpickler.MalformedException(
                    "a tensor has " + shape.size() + " dimensions and " + strides.size() + " strides");
        }
        return new Unpickler.View(storage, offset, shape, strides);
    }

    private static List<Long> naturals(@Nullable Object tuple) throws Unpickler.MalformedException {
        List<Long> naturals = new ArrayList<>();
        if (tuple instanceof Unpickler.Tuple given && given.items.size() <= MOST_DIMENSIONS) {
            for (Object item : given.items) {
                if (item instanceof Long natural && natural >= 0) {
                    naturals.add(natural);
                }
            }
            if (naturals.size() == given.items.size()) {
                return naturals;
            }
        }
        throw new Unpickler.MalformedException("the dimensions of a tensor are no natural numbers");
    }

    /** @param id {@code ("storage", class, key, device, elements)} */
    static Unpickler.Storage storage(@Nullable Object id) throws Unpickler.MalformedException {
        if (id instanceof Unpickler.Tuple tuple
                && tuple.items.size() >= 5
                && "storage".equals(tuple.items.get(0))
                && tuple.items.get(1) instanceof Unpickler.Global type
                && tuple.items.get(2) instanceof String key
                && tuple.items.get(4) instanceof Long elements
                && elements >= 0) {
            ElementType known = STORAGES.get(type);
            if (known != null) {
                return new Unpickler.Storage(known, key, elements);
            }
        }
        throw new Unpickler.MalformedException("a storage is described in an unknown way");
    }
}
