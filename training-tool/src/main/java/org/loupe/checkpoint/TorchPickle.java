package org.loupe.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the pickle of a state dictionary opcode for opcode as Python's protocol 2 does for {@code torch.save}. */
final class TorchPickle {
    private static final int ONE_BYTE = 1 << 8;
    private static final int TWO_BYTES = 1 << 16;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Map<String, Integer> memo = new LinkedHashMap<>();
    private int nextMemo;

    private TorchPickle() {}

    /** @param tensors the storage of each is named by its place in this list */
    static byte[] stateDictionary(List<TensorInfo> tensors) {
        TorchPickle pickle = new TorchPickle();
        pickle.write(tensors);
        return pickle.out.toByteArray();
    }

    private void write(List<TensorInfo> tensors) {
        out.write(0x80);
        out.write(2);
        out.write('}'); // a plain dictionary, as the Hugging Face libraries save every shard
        put();
        // Python writes items in groups of a thousand.
        for (int first = 0; first < tensors.size(); first += 1000) {
            out.write('(');
            for (int i = first; i < Math.min(tensors.size(), first + 1000); i++) {
                text(tensors.get(i).name());
                tensor(tensors.get(i), i);
            }
            out.write('u');
        }
        out.write('.');
    }

    private void tensor(TensorInfo tensor, int storage) {
        global("torch._utils", "_rebuild_tensor_v2");
        out.write('(');
        out.write('(');
        text("storage");
        global("torch", storageClass(tensor.type()));
        text(Integer.toString(storage));
        text("cpu");
        integer(tensor.elements());
        out.write('t');
        put();
        out.write('Q');
        integer(0);
        integers(tensor.shape());
        integers(strides(tensor.shape()));
        out.write(0x89);
        global("collections", "OrderedDict");
        out.write(')');
        out.write('R');
        put();
        out.write('t');
        put();
        out.write('R');
        put();
    }

    static String storageClass(ElementType type) {
        return switch (type) {
            case F64 -> "DoubleStorage";
            case F32 -> "FloatStorage";
            case F16 -> "HalfStorage";
            case BF16 -> "BFloat16Storage";
            case I64 -> "LongStorage";
            case I32 -> "IntStorage";
            case I16 -> "ShortStorage";
            case I8 -> "CharStorage";
            case U8 -> "ByteStorage";
            case BOOL -> "BoolStorage";
        };
    }

    /** @return strides of a tensor without gaps, in elements */
    static List<Long> strides(List<Long> shape) {
        Long[] strides = new Long[shape.size()];
        long next = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            strides[i] = next;
            next = Math.multiplyExact(next, Math.max(1, shape.get(i)));
        }
        return List.of(strides);
    }

    private void integers(List<Long> values) {
        if (values.isEmpty()) {
            out.write(')');
            return;
        }
        if (values.size() > 3) {
            out.write('(');
        }
        values.forEach(this::integer);
        out.write(values.size() > 3 ? 't' : 0x84 + values.size());
        put();
    }

    private void integer(long value) {
        if (value < ONE_BYTE) {
            out.write('K');
            little(value, 1);
        } else if (value < TWO_BYTES) {
            out.write('M');
            little(value, 2);
        } else if (value <= Integer.MAX_VALUE) {
            out.write('J');
            little(value, 4);
        } else {
            int bytes = (Long.SIZE - Long.numberOfLeadingZeros(value)) / 8 + 1; // two's complement, so a spare bit
            out.write(0x8a);
            out.write(bytes);
            little(value, bytes);
        }
    }

    private void text(String text) {
        if (get("'" + text)) {
            return;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        little(utf8.length, 4);
        out.writeBytes(utf8);
        put("'" + text);
    }

    private void global(String module, String name) {
        if (get(module + " " + name)) {
            return;
        }
        out.write('c');
        out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
        put(module + " " + name);
    }

    private boolean get(String what) {
        Integer place = memo.get(what);
        if (place == null) {
            return false;
        }
        out.write(place < ONE_BYTE ? 'h' : 'j');
        little(place, place < ONE_BYTE ? 1 : 4);
        return true;
    }

    private void put(String what) {
        memo.put(what, nextMemo);
        put();
    }

    private void put() {
        out.write(nextMemo < ONE_BYTE ? 'q' : 'r');
        little(nextMemo, nextMemo < ONE_BYTE ? 1 : 4);
        nextMemo++;
    }

    private void little(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >> (8 * i)));
        }
    }
}
