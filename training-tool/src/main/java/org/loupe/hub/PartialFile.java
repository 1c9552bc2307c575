package org.loupe.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * One file on its way: its bytes in {@code NAME.part}, which of them are there in {@code NAME.part.json}, so that a process that was
 * killed continues. Takes its name only when its digest is right. Safe for use by many threads.
 */
final class PartialFile implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** At most this much work is done again after a kill. */
    private static final long SAVE_NANOS = Duration.ofSeconds(2).toNanos();

    private static final int BUFFER = 1 << 20;

    private final HubFile file;
    private final Path target;
    private final Path part;
    private final Path sidecar;
    private final HubPolicy policy;
    private final ByteRanges done = new ByteRanges();
    /** Done or being fetched. */
    private final ByteRanges assigned = new ByteRanges();

    private @Nullable FileChannel channel;
    private @Nullable String etag;
    private boolean ignoresRanges;
    private boolean complete;
    private int inFlight;
    private int generation;
    private int restarts;
    private long savedAt = System.nanoTime();

    /** What the sidecar holds. */
    record State(long size, String digest, @Nullable String etag, List<long[]> done) {}

    /**
     * A piece to be fetched by one thread, which gives it back with {@link #release}.
     *
     * @param range what is asked for
     * @param whole whether no range may be asked for
     * @param generation of the file's bytes; older pieces are worth nothing after a restart
     */
    record Piece(PartialFile file, ByteRanges.Range range, boolean whole, int generation) {}

    /** Thrown to the thread whose piece belongs to bytes that were given up. */
    static final class Stale extends Exception {
        Stale() {
            super("the file was begun again");
        }
    }

    /** @param folder exists */
    PartialFile(HubFile file, Path folder, HubPolicy policy) throws IOException {
        this.file = file;
        this.target = folder.resolve(file.path());
        this.part = target.resolveSibling(target.getFileName() + ".part");
        this.sidecar = target.resolveSibling(target.getFileName() + ".part.json");
        this.policy = policy;
        if (Files.exists(target)) {
            requireSame();
            complete = true;
        } else {
            resume();
        }
    }

    /** A finished file of an earlier run is kept if it is what the hub has; anything else is somebody's, and not ours to replace. */
    private void requireSame() throws IOException {
        if (Files.size(target) != file.sizeBytes()
                || !digest(target).equals(file.digest().hex())) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    target + " exists and is not what the hub has; delete it or choose another --out");
        }
    }

    private void resume() throws IOException {
        if (!Files.exists(sidecar) || !Files.exists(part)) {
            return;
        }
        State state;
        try {
            state = JSON.readValue(sidecar.toFile(), State.class);
        } catch (IOException damaged) {
            return; // begun again
        }
        if (state.size() == file.sizeBytes() && file.digest().hex().equals(state.digest())) {
            etag = state.etag();
            for (long[] range : state.done()) {
                if (range.length == 2 && range[0] >= 0 && range[0] < range[1] && range[1] <= Files.size(part)) {
                    done.add(new ByteRanges.Range(range[0], range[1]));
                    assigned.add(new ByteRanges.Range(range[0], range[1]));
                }
            }
        }
    }

    HubFile file() {
        return file;
    }

    synchronized long doneBytes() {
        return complete ? file.sizeBytes() : done.bytes();
    }

    /** @return the next piece nobody fetches yet */
    synchronized Optional<Piece> next() {
        if (complete || (ignoresRanges && inFlight > 0)) {
            return Optional.empty();
        }
        Optional<ByteRanges.Range> range = ignoresRanges
                ? Optional.of(new ByteRanges.Range(0, file.sizeBytes()))
                : assigned.firstMissing(file.sizeBytes(), policy.chunkBytes());
        if (range.isEmpty() && inFlight == 0) {
            range = Optional.of(
                    new ByteRanges.Range(0, 0)); // all there, but not checked: an empty file or a kill just before
        }
        range.ifPresent(assigned::add);
        return range.map(bytes -> {
            inFlight++;
            return new Piece(this, bytes, ignoresRanges || bytes.bytes() == file.sizeBytes(), generation);
        });
    }

    /**
     * Ends a piece; the last one checks the whole.
     *
     * @throws ScoringException HUB_FAILED if the bytes were wrong too often
     */
    void release(Piece piece) throws IOException {
        synchronized (this) {
            inFlight--;
            if (piece.generation() != generation || inFlight > 0 || done.bytes() < file.sizeBytes() || complete) {
                return;
            }
            inFlight++; // nobody else is let in while the bytes are read
            save();
        }
        String found;
        try {
            found = file.sizeBytes() == 0 ? digestOfNothing() : digest(part);
        } finally {
            synchronized (this) {
                inFlight--;
            }
        }
        synchronized (this) {
            if (found.equals(file.digest().hex())) {
                finish();
            } else {
                restart("the bytes of " + file.path() + " are wrong (digest " + found + " instead of "
                        + file.digest().hex() + ")");
            }
        }
    }

    private void finish() throws IOException {
        if (file.sizeBytes() == 0) {
            Files.deleteIfExists(part);
            Files.createFile(part);
        }
        closeChannel();
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        Files.deleteIfExists(sidecar);
        complete = true;
    }

    /**
     * Compares what is answered with what was answered before.
     *
     * @throws Stale if the file was begun again, here or by another thread
     */
    synchronized void checkSame(Piece piece, Optional<String> answeredEtag, Optional<Long> answeredSize)
            throws Stale, IOException {
        requireCurrent(piece);
        String known = etag;
        if (answeredSize.isPresent() && answeredSize.get() != file.sizeBytes()) {
            restart(file.path() + " has " + answeredSize.get() + " bytes instead of " + file.sizeBytes());
            throw new Stale();
        }
        if (known != null && answeredEtag.isPresent() && !answeredEtag.get().equals(known)) {
            restart(file.path() + " changed while it was fetched");
            throw new Stale();
        }
        if (known == null) {
            etag = answeredEtag.orElse(null);
        }
    }

    /** The server sends everything whatever is asked for: one stream from now on, and nothing of it can be continued. */
    synchronized void giveUpRanges(Piece piece) throws Stale {
        requireCurrent(piece);
        ignoresRanges = true;
        forget();
        throw new Stale();
    }

    /** @throws Stale if the file was begun again in the meantime */
    void write(Piece piece, long at, ByteBuffer bytes) throws IOException, Stale {
        FileChannel open;
        synchronized (this) {
            requireCurrent(piece);
            open = channel();
        }
        int count = bytes.remaining();
        for (long position = at; bytes.hasRemaining(); ) {
            position += open.write(bytes, position);
        }
        synchronized (this) {
            requireCurrent(piece);
            done.add(new ByteRanges.Range(at, at + count));
            // a stream that cannot be continued leaves nothing worth remembering
            if (!ignoresRanges && System.nanoTime() - savedAt > SAVE_NANOS) {
                save();
            }
        }
    }

    /** A stream without ranges broke off: what came of it is of no use. */
    synchronized void dropBytes(Piece piece) throws Stale {
        requireCurrent(piece);
        done.clear();
    }

    private void requireCurrent(Piece piece) throws Stale {
        if (piece.generation() != generation) {
            throw new Stale();
        }
    }

    synchronized void restart(String why) throws IOException {
        restarts++;
        if (restarts > policy.restarts()) {
            throw new ScoringException(
                    ErrorReason.HUB_FAILED,
                    why + ", " + restarts + " times in a row; the hub or something on the way to it is broken");
        }
        forget();
        save();
    }

    private void forget() {
        generation++;
        done.clear();
        assigned.clear();
        etag = null;
    }

    private FileChannel channel() throws IOException {
        FileChannel open = channel;
        if (open == null) {
            open = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel = open;
        }
        return open;
    }

    /** Bytes first, then what is said about them: the sidecar never claims what a power cut took. */
    synchronized void save() throws IOException {
        savedAt = System.nanoTime();
        List<long[]> ranges = new ArrayList<>();
        done.ranges().forEach(range -> ranges.add(new long[] {range.from(), range.to()}));
        FileChannel open = channel;
        if (open != null) {
            open.force(false);
        }
        Path fresh = sidecar.resolveSibling(sidecar.getFileName() + ".new");
        JSON.writeValue(
                fresh.toFile(), new State(file.sizeBytes(), file.digest().hex(), etag, ranges));
        Files.move(fresh, sidecar, StandardCopyOption.ATOMIC_MOVE);
    }

    private String digest(Path path) throws IOException {
        MessageDigest digest = newDigest();
        try (InputStream in = Files.newInputStream(path)) {
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private String digestOfNothing() {
        return HexFormat.of().formatHex(newDigest().digest());
    }

    private MessageDigest newDigest() {
        if (file.digest().kind() == HubFile.Kind.SHA_256) {
            return Sha256.algorithm();
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(("blob " + file.sizeBytes() + "\0").getBytes(StandardCharsets.US_ASCII));
            return digest;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    private void closeChannel() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }

    /** Remembers what is there. */
    @Override
    public synchronized void close() throws IOException {
        if (!complete && channel != null && !ignoresRanges) {
            save();
        }
        closeChannel();
    }
}
