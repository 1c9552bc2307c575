package org.loupe.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * One file of {@code torch.save}: a zip archive whose pickle describes tensors and whose other members hold their numbers. The pickle is
 * read by {@link Unpickler}, which can only describe tensors; every description is checked against the member it looks at. Views with any
 * strides can be read, those without gaps fast.
 */
final class TorchFile implements TensorFile {
    private static final String PICKLE = "/data.pkl";
    // Descriptions of 50,000 tensors; what is larger is something else.
    private static final int MOST_PICKLE_BYTES = 8 << 20;
    // Enough of a file that is no archive to see what its pickles ask for.
    private static final int MOST_LEGACY_BYTES = 8 << 20;
    // The old format begins with four pickles: magic number, protocol, system, the tensors.
    private static final int LEGACY_PICKLES = 5;

    private final String fileName;
    private final FileChannel channel;
    private final Map<String, Entry> entries;

    /** @param data where the storage begins in the file */
    private record Entry(TensorInfo info, long data, Unpickler.View view, boolean gapless) {}

    private TorchFile(String fileName, FileChannel channel, Map<String, Entry> entries) {
        this.fileName = fileName;
        this.channel = channel;
        this.entries = entries;
    }

    static TorchFile open(Path file) throws IOException {
        String fileName = String.valueOf(file.getFileName());
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return new TorchFile(fileName, channel, read(channel));
        } catch (Unpickler.RefusedException | Unpickler.MalformedException | ZipDirectory.DamagedException e) {
            channel.close();
            throw new ScoringException(ErrorReason.CHECKPOINT_INVALID, fileName + ": " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        entries.forEach((name, entry) -> infos.put(name, entry.info()));
        return Collections.unmodifiableMap(infos);
    }

    @Override
    public void read(String name, long first, float[] target, int at, int count) throws IOException {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(name + " is no tensor in " + fileName);
        }
        FloatReader.check(entry.info(), first, count);
        int width = entry.info().type().bytes();
        if (entry.gapless()) {
            long position = entry.data() + (entry.view().offset() + first) * width;
            FloatReader.read(channel, fileName, entry.info(), position, target, at, count);
        } else if (count > 0) {
            gather(entry, first, target, at, count);
        }
    }

    /** Follows the strides element by element through the part of the storage that the tensor looks at. */
    private void gather(Entry entry, long first, float[] target, int at, int count) throws IOException {
        List<Long> shape = entry.info().shape();
        int dims = shape.size();
        long[] index = new long[dims];
        long rest = first;
        for (int d = dims - 1; d >= 0; d--) {
            index[d] = rest % shape.get(d);
            rest /= shape.get(d);
        }
        ByteBuffer storage = mapped(entry);
        int width = entry.info().type().bytes();
        boolean finite = true;
        for (int i = 0; i < count; i++) {
            long element = 0;
            for (int d = 0; d < dims; d++) {
                element += index[d] * entry.view().strides().get(d);
            }
            storage.position(Math.toIntExact(element * width));
            finite &= FloatBits.get(entry.info().type(), storage, target, at + i, 1);
            for (int d = dims - 1; d >= 0; d--) {
                if (++index[d] < shape.get(d)) {
                    break;
                }
                index[d] = 0;
            }
        }
        if (!finite) {
            throw FloatReader.infinite(fileName, entry.info(), target, at, count);
        }
    }

    private ByteBuffer mapped(Entry entry) throws IOException {
        int width = entry.info().type().bytes();
        return channel.map(
                        FileChannel.MapMode.READ_ONLY,
                        entry.data() + entry.view().offset() * width,
                        span(entry.view()) * width)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static Map<String, Entry> read(FileChannel channel) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(4);
        while (start.hasRemaining() && channel.read(start, start.position()) >= 0) {
            // until four bytes or the end
        }
        byte[] magic = Arrays.copyOf(start.array(), start.position());
        if (!Arrays.equals(magic, new byte[] {'P', 'K', 3, 4})) {
            throw legacy(channel);
        }
        Map<String, ZipDirectory.Member> members = ZipDirectory.read(channel);
        List<String> pickles =
                members.keySet().stream().filter(name -> name.endsWith(PICKLE)).toList();
        if (pickles.size() != 1) {
            throw new ZipDirectory.DamagedException(
                    "holds " + pickles.size() + " members called data.pkl, a file of torch.save holds one");
        }
        String root = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
        byte[] pickle = ZipDirectory.content(channel, member(members, pickles.get(0)), MOST_PICKLE_BYTES);
        Object described = new Unpickler(ByteBuffer.wrap(pickle)).load();
        if (!(described instanceof Unpickler.Dictionary dictionary)) {
            throw new Unpickler.MalformedException("its pickle describes no dictionary of tensors");
        }
        ZipDirectory.Member order = members.get(root + "/byteorder");
        if (order != null
                && !new String(ZipDirectory.content(channel, order, 100), StandardCharsets.US_ASCII).equals("little")) {
            throw new ZipDirectory.DamagedException(
                    "was written on a big-endian machine: save it again on another one");
        }
        return entries(channel, members, root, dictionary);
    }

    private static Map<String, Entry> entries(
            FileChannel channel, Map<String, ZipDirectory.Member> members, String root, Unpickler.Dictionary dictionary)
            throws IOException {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Map.Entry<Object, ?> item : dictionary.items.entrySet()) {
            if (!(item.getKey() instanceof String name) || !(item.getValue() instanceof Unpickler.View view)) {
                throw new Unpickler.MalformedException("its dictionary holds " + item.getKey()
                        + ", which is no tensor: save the state_dict alone, without optimiser or settings");
            }
            TensorInfo info = new TensorInfo(name, view.storage().type(), view.shape());
            requireInside(info, view);
            ZipDirectory.Member member =
                    member(members, root + "/data/" + view.storage().key());
            long bytes = view.storage().elements() * view.storage().type().bytes();
            if (member.method() != ZipDirectory.STORED || member.stored() != bytes || member.size() != bytes) {
                throw new ZipDirectory.DamagedException("holds " + member.stored() + " bytes for " + name + ", whose "
                        + view.storage().elements() + " elements take " + bytes);
            }
            entries.put(name, new Entry(info, ZipDirectory.dataOffset(channel, member), view, gapless(view)));
        }
        return entries;
    }

    private static ZipDirectory.Member member(Map<String, ZipDirectory.Member> members, String name)
            throws ZipDirectory.DamagedException {
        ZipDirectory.Member member = members.get(name);
        if (member == null) {
            throw new ZipDirectory.DamagedException("has no member " + name);
        }
        return member;
    }

    private static void requireInside(TensorInfo info, Unpickler.View view) throws Unpickler.MalformedException {
        try {
            long elements = info.elements();
            long stored = view.storage().elements();
            Math.multiplyExact(stored, (long) info.type().bytes());
            info.bytes();
            if (elements > 0 && Math.addExact(view.offset(), span(view)) > stored) {
                throw new Unpickler.MalformedException(
                        info.name() + " looks beyond its storage of " + stored + " elements");
            }
            if (!gapless(view) && span(view) * info.type().bytes() > Integer.MAX_VALUE) {
                throw new Unpickler.MalformedException(
                        info.name() + " is a view with gaps over more than 2 GiB: save a contiguous copy");
            }
        } catch (ArithmeticException e) {
            throw new Unpickler.MalformedException(info.name() + " has the impossible shape " + info.shape());
        }
    }

    /** @return elements from the first to the last one looked at */
    private static long span(Unpickler.View view) {
        long last = 0;
        for (int d = 0; d < view.shape().size(); d++) {
            long steps = Math.max(0, view.shape().get(d) - 1);
            last = Math.addExact(last, Math.multiplyExact(steps, view.strides().get(d)));
        }
        return Math.addExact(last, 1);
    }

    /** @return whether the elements lie one after the other; the stride of a dimension of one element means nothing */
    private static boolean gapless(Unpickler.View view) {
        long expected = 1;
        List<Long> strides = new ArrayList<>(view.strides());
        for (int d = view.shape().size() - 1; d >= 0; d--) {
            if (view.shape().get(d) != 1 && strides.get(d) != expected) {
                return false;
            }
            expected = Math.multiplyExact(expected, Math.max(1, view.shape().get(d)));
        }
        return true;
    }

    /** What to say of a file that is no archive: what its pickles ask for first, then that it is too old. */
    private static IOException legacy(FileChannel channel) throws IOException {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(MOST_LEGACY_BYTES, channel.size()));
        FloatReader.readFully(channel, start, 0);
        start.flip();
        int read = 0;
        try {
            while (read < LEGACY_PICKLES && start.hasRemaining()) {
                new Unpickler(start).load();
                read++;
            }
        } catch (Unpickler.RefusedException e) {
            return e;
        } catch (Unpickler.MalformedException e) {
            // Bare numbers follow the pickles, or it never was one.
        }
        return new ZipDirectory.DamagedException(
                read == 0
                        ? "is no file of torch.save (is the file complete?)"
                        : "is of the old format of torch.save, before PyTorch 1.6. Save it again with a newer one:"
                                + " torch.save(torch.load(file, weights_only=True), file)");
    }
}
