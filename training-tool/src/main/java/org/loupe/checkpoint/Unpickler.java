package org.loupe.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads a pickle that describes tensors, and nothing else. A pickle is a program for a stack machine that may call any function of a Python
 * installation; here it can only build numbers, texts, lists, dictionaries and descriptions of tensors. Whatever else it asks for by name
 * becomes an inert value, and {@link #load} refuses the whole pickle, naming all of them. Nothing is ever looked up, loaded or called.
 *
 * <p>Memory is bounded by the pickle's own length: values are shared, never copied, so that a few bytes cannot describe gigabytes; no method
 * recurses over them, so that nesting cannot overflow the stack.
 */
final class Unpickler {
    /** Beyond this a list of names tells nothing more. */
    private static final int MOST_NAMED = 20;
    // Numbers in checkpoints count elements and bytes: 8 bytes hold them.
    private static final int MOST_INTEGER_BYTES = 8;
    private static final int HIGHEST_PROTOCOL = 5;
    // A tensor takes about 40 instructions: enough for 50,000 of them, and what they leave on the heap stays below 200
    // MB.
    private static final int MOST_INSTRUCTIONS = 1 << 21;
    // Names of tensors, storages and functions; longer ones would make comparing them the expensive part.
    private static final int MOST_NAME_CHARACTERS = 1024;
    private static final int MOST_SHOWN_CHARACTERS = 200;
    // No function that rebuilds a tensor takes more.
    private static final int MOST_ARGUMENTS = 16;

    private final ByteBuffer in;
    private final List<@Nullable Object> stack = new ArrayList<>();
    private final Map<Long, @Nullable Object> memo = new HashMap<>();
    private final Set<String> refused = new TreeSet<>();

    /** The place where a group of values begins. */
    private static final Object MARK = new Object();

    /** What a refused call would have returned. */
    private static final Object INERT = new Object();

    /** A function or class asked for by name. */
    record Global(String module, String name) {
        @Override
        public String toString() {
            return module + "." + name;
        }
    }

    /** Some values; a class of its own, so that comparing two never walks through them. */
    static final class Tuple {
        final List<@Nullable Object> items;

        Tuple(List<@Nullable Object> items) {
            this.items = items;
        }
    }

    /** A list or set. */
    static final class Sequence {
        final List<@Nullable Object> items = new ArrayList<>();
    }

    /** A dictionary whose keys are texts or numbers; an {@code OrderedDict} too. */
    static final class Dictionary {
        final Map<Object, @Nullable Object> items = new LinkedHashMap<>();
    }

    /**
     * Numbers in a member of the archive.
     *
     * @param elements how many
     */
    record Storage(ElementType type, String key, long elements) {}

    /**
     * A tensor that looks at a storage.
     *
     * @param offset first element
     * @param strides step in elements for each dimension
     */
    record View(Storage storage, long offset, List<Long> shape, List<Long> strides) {}

    /** A pickle that asks for something else than tensors. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;

        RefusedException(Set<String> names) {
            super("refused: it asks Python for " + String.join(", ", names)
                    + ", which rebuilding tensors does not need and which could run any program. Nothing was executed");
        }
    }

    /** A pickle that is damaged or uses what this reader does not know. */
    static final class MalformedException extends IOException {
        private static final long serialVersionUID = 1;

        MalformedException(String message) {
            super(message);
        }
    }

    /** @param in the bytes; its position moves behind what was read */
    Unpickler(ByteBuffer in) {
        this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Reads one pickle.
     *
     * @return what it describes
     * @throws RefusedException if it asks for anything by name that tensors do not need, even if it is damaged too
     * @throws MalformedException if it is damaged
     */
    @Nullable
    Object load() throws IOException {
        Object result;
        try {
            result = run();
        } catch (MalformedException e) {
            if (!refused.isEmpty()) {
                throw new RefusedException(refused);
            }
            throw e;
        }
        if (!refused.isEmpty()) {
            throw new RefusedException(refused);
        }
        return result;
    }

    private @Nullable Object run() throws IOException {
        for (int i = 0; i < MOST_INSTRUCTIONS; i++) {
            int place = in.position();
            int opcode = unsigned(1);
            if (opcode == '.') {
                return pop();
            }
            if (!value(opcode) && !collection(opcode) && !memory(opcode) && !name(opcode)) {
                throw malformed("the instruction 0x" + Integer.toHexString(opcode) + " at byte " + place
                        + " is not one that tensors are described with");
            }
        }
        throw malformed("it has more than " + MOST_INSTRUCTIONS + " instructions");
    }

    /** Instructions that push one value, and those that only frame the others. */
    private boolean value(int opcode) throws IOException {
        switch (opcode) {
            case 0x80 -> {
                int protocol = unsigned(1);
                if (protocol > HIGHEST_PROTOCOL) {
                    throw malformed("protocol " + protocol + " is not known");
                }
            }
            case 0x95 -> bytes(Long.BYTES); // length of a frame, of use to readers of streams only
            case 'N' -> push(null);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'I' -> push(decimal(line()));
            case 'L' -> {
                String line = line();
                push(decimal(line.endsWith("L") ? line.substring(0, line.length() - 1) : line));
            }
            case 'J' -> push((long) need(Integer.BYTES).getInt());
            case 'K' -> push((long) unsigned(1));
            case 'M' -> push((long) unsigned(2));
            case 0x8a -> push(integer(unsigned(1)));
            case 0x8b -> push(integer(length(Integer.BYTES)));
            case 'F' -> push(line());
            case 'G' ->
                push(Double.longBitsToDouble(Long.reverseBytes(need(Long.BYTES).getLong())));
            case 'S', 'V' -> push(line());
            case 'U', 0x8c -> push(text(unsigned(1)));
            case 'T', 'X' -> push(text(length(Integer.BYTES)));
            case 0x8d -> push(text(length(Long.BYTES)));
            case 'C' -> push(bytes(unsigned(1)));
            case 'B' -> push(bytes(length(Integer.BYTES)));
            case 0x8e, 0x96 -> push(bytes(length(Long.BYTES)));
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Tuples, lists, sets and dictionaries. */
    private boolean collection(int opcode) throws IOException {
        switch (opcode) {
            case '(' -> push(MARK);
            case ')' -> push(new Tuple(List.of()));
            case 't' -> push(new Tuple(popToMark()));
            case 0x85, 0x86, 0x87 -> push(new Tuple(popLast(opcode - 0x84)));
            case ']', 0x8f -> push(new Sequence());
            case 'l', 0x91 -> {
                Sequence sequence = new Sequence();
                sequence.items.addAll(popToMark());
                push(sequence);
            }
            case 'a' -> append(popLast(1));
            case 'e', 0x90 -> append(popToMark());
            case '}' -> push(new Dictionary());
            case 'd' -> {
                List<@Nullable Object> items = popToMark();
                push(new Dictionary());
                putAll(items);
            }
            case 's' -> putAll(popLast(2));
            case 'u' -> putAll(popToMark());
            default -> {
                return false;
            }
        }
        return true;
    }

    /** The stack itself and the values kept for later. */
    private boolean memory(int opcode) throws IOException {
        switch (opcode) {
            case '0' -> pop();
            case '1' -> popToMark();
            case '2' -> push(top());
            case 'p' -> memo.put(decimal(line()), top());
            case 'q' -> memo.put((long) unsigned(1), top());
            case 'r' -> memo.put(Integer.toUnsignedLong(need(Integer.BYTES).getInt()), top());
            case 0x94 -> memo.put((long) memo.size(), top());
            case 'g' -> recall(decimal(line()));
            case 'h' -> recall(unsigned(1));
            case 'j' -> recall(Integer.toUnsignedLong(need(Integer.BYTES).getInt()));
            default -> {
                return false;
            }
        }
        return true;
    }

    /** What reaches outside the pickle. */
    private boolean name(int opcode) throws IOException {
        switch (opcode) {
            case 'c' -> push(global(line(), line()));
            case 0x93 -> {
                List<@Nullable Object> names = popLast(2);
                if (!(names.get(0) instanceof String module) || !(names.get(1) instanceof String name)) {
                    throw malformed("a name is no text");
                }
                push(global(module, name));
            }
            case 'i' -> {
                Object type = global(line(), line());
                push(call(type, popToMark()));
            }
            case 'o' -> {
                List<@Nullable Object> items = popToMark();
                if (items.isEmpty()) {
                    throw malformed("an object has no class");
                }
                push(call(items.get(0), items.subList(1, items.size())));
            }
            case 'R', 0x81 -> {
                List<@Nullable Object> both = popLast(2);
                push(call(both.get(0), arguments(both.get(1))));
            }
            case 0x92 -> {
                List<@Nullable Object> all = popLast(3);
                push(call(all.get(0), arguments(all.get(1))));
            }
            case 'b' -> {
                Object state = pop();
                Object object = top();
                if (!(object instanceof Dictionary && state instanceof Dictionary) && object != INERT) {
                    throw malformed("only a dictionary may carry attributes");
                }
                // The attributes of a state dictionary are versions of modules: nothing needs them.
            }
            case 'P' -> throw malformed("a storage is named by a line of text, as only old files do");
            case 'Q' -> push(TorchObjects.storage(pop()));
            case 0x82, 0x83, 0x84 -> {
                int code = opcode == 0x84 ? need(Integer.BYTES).getInt() : unsigned(opcode - 0x81);
                refuse("the extension " + code + " of its copyreg table");
                push(INERT);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private Object global(String module, String name) {
        if (module.length() > MOST_NAME_CHARACTERS || name.length() > MOST_NAME_CHARACTERS) {
            refuse(start(module) + "." + start(name));
            return INERT;
        }
        Global global = new Global(module, name);
        if (TorchObjects.known(global)) {
            return global;
        }
        refuse(global.toString());
        return INERT;
    }

    /** Names come from a hostile file and end up on a terminal: only plain characters, and not many. */
    private void refuse(String name) {
        if (refused.size() < MOST_NAMED) {
            refused.add(start(name).replaceAll("[^\\x20-\\x7e]", "?"));
        }
    }

    private static String start(String name) {
        return name.length() > MOST_SHOWN_CHARACTERS ? name.substring(0, MOST_SHOWN_CHARACTERS) + "..." : name;
    }

    private static @Nullable Object call(@Nullable Object function, List<@Nullable Object> arguments)
            throws MalformedException {
        if (function == INERT) {
            return INERT;
        }
        if (!(function instanceof Global global)) {
            throw malformed("it calls what is no function");
        }
        if (arguments.size() > MOST_ARGUMENTS) {
            throw malformed("a call has " + arguments.size() + " arguments");
        }
        return arguments.contains(INERT) ? INERT : TorchObjects.call(global, arguments);
    }

    private static List<@Nullable Object> arguments(@Nullable Object tuple) throws MalformedException {
        if (tuple instanceof Tuple arguments) {
            return arguments.items;
        }
        if (tuple == INERT) {
            return Arrays.asList(INERT);
        }
        throw malformed("a call has no arguments");
    }

    private void append(List<@Nullable Object> items) throws IOException {
        Object target = top();
        if (target == INERT) {
            return;
        }
        if (!(target instanceof Sequence sequence)) {
            throw malformed("something is appended to what is no list");
        }
        sequence.items.addAll(items);
    }

    private void putAll(List<@Nullable Object> items) throws IOException {
        Object target = top();
        if (target == INERT) {
            return;
        }
        if (!(target instanceof Dictionary dictionary) || items.size() % 2 != 0) {
            throw malformed("something is put into what is no dictionary");
        }
        for (int i = 0; i < items.size(); i += 2) {
            Object key = items.get(i);
            if (!(key instanceof String || key instanceof Long)) {
                if (key == INERT) {
                    continue;
                }
                throw malformed("a key is neither text nor number");
            }
            if (key instanceof String text && text.length() > MOST_NAME_CHARACTERS) {
                throw malformed("a name has " + text.length() + " characters");
            }
            dictionary.items.put(key, items.get(i + 1));
        }
    }

    private void recall(long place) throws MalformedException {
        if (!memo.containsKey(place)) {
            throw malformed("value " + place + " is used before it is kept");
        }
        push(memo.get(place));
    }

    private void push(@Nullable Object value) {
        stack.add(value);
    }

    private @Nullable Object pop() throws MalformedException {
        Object value = top();
        stack.remove(stack.size() - 1);
        return value;
    }

    private @Nullable Object top() throws MalformedException {
        if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
            throw malformed("a value is used that is not there");
        }
        return stack.get(stack.size() - 1);
    }

    private List<@Nullable Object> popLast(int count) throws MalformedException {
        List<@Nullable Object> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add(0, pop());
        }
        return items;
    }

    private List<@Nullable Object> popToMark() throws MalformedException {
        int mark = stack.size() - 1;
        while (mark >= 0 && stack.get(mark) != MARK) {
            mark--;
        }
        if (mark < 0) {
            throw malformed("a group ends that never began");
        }
        List<@Nullable Object> tail = stack.subList(mark, stack.size());
        List<@Nullable Object> items = new ArrayList<>(tail.subList(1, tail.size()));
        tail.clear();
        return items;
    }

    private int unsigned(int count) throws MalformedException {
        ByteBuffer bytes = need(count);
        return count == 1 ? bytes.get() & 0xff : bytes.getShort() & 0xffff;
    }

    /** A length, believed only as far as the pickle goes. */
    private int length(int width) throws MalformedException {
        ByteBuffer bytes = need(width);
        long length = width == Integer.BYTES ? bytes.getInt() : bytes.getLong();
        if (length < 0 || length > in.remaining()) {
            throw malformed("something is said to take " + Long.toUnsignedString(length) + " bytes, " + in.remaining()
                    + " are left");
        }
        return (int) length;
    }

    private ByteBuffer need(int count) throws MalformedException {
        if (in.remaining() < count) {
            throw malformed("it ends in the middle");
        }
        return in;
    }

    private byte[] bytes(int count) throws MalformedException {
        byte[] bytes = new byte[need(count).remaining() < count ? 0 : count];
        in.get(bytes);
        return bytes;
    }

    private String text(int count) throws MalformedException {
        return new String(bytes(count), StandardCharsets.UTF_8);
    }

    /** @return a {@link Long}; the bare bytes of a number too large for any count, such as the one that begins an old file */
    private Object integer(int count) throws MalformedException {
        byte[] bytes = bytes(count);
        if (count > MOST_INTEGER_BYTES) {
            return bytes;
        }
        long value = count > 0 && bytes[count - 1] < 0 ? -1 : 0;
        for (int i = count - 1; i >= 0; i--) {
            value = value << 8 | (bytes[i] & 0xff);
        }
        return value;
    }

    private String line() throws MalformedException {
        int start = in.position();
        while (in.hasRemaining()) {
            if (in.get() == '\n') {
                byte[] bytes = new byte[in.position() - 1 - start];
                in.get(start, bytes);
                return new String(bytes, StandardCharsets.UTF_8);
            }
        }
        throw malformed("it ends in the middle of a line");
    }

    private static long decimal(String line) throws MalformedException {
        try {
            return Long.parseLong(line.trim());
        } catch (NumberFormatException e) {
            throw malformed("a number is none");
        }
    }

    private static MalformedException malformed(String what) {
        return new MalformedException("the pickle is damaged or no description of tensors: " + what);
    }
}
