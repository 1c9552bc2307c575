package org.loupe.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Fetches one checkpoint: first {@link #look}, then, once its licence is accepted, {@link #fetch}. Used once, by one thread. */
final class ModelPull implements AutoCloseable {
    /** Says what lies in a folder, and keeps two commits from being mixed in it. */
    static final String RECORD = "loupe-pull.json";

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    /** Sidecars, and room for the file system's own needs. */
    private static final long SPARE_BYTES = 64 << 20;

    private final PullRequest request;
    private final HubPolicy policy;
    private final HubHttp http;

    ModelPull(PullRequest request, HubPolicy policy) {
        this.request = request;
        this.policy = policy;
        this.http = new HubHttp(request.hub(), request.token(), policy);
    }

    /** What {@link #RECORD} holds. */
    record Origin(String hub, String repository, String revision, String commit, String licence) {}

    /**
     * What would be fetched.
     *
     * @param repository what the hub says
     * @param files those that make the checkpoint
     */
    record Plan(HubRepository repository, List<HubFile> files) {
        long bytes() {
            return files.stream().mapToLong(HubFile::sizeBytes).sum();
        }
    }

    /** Asks the hub; nothing is written. */
    Plan look() {
        HubRepository repository = HubApi.describe(http, policy, request.repository(), request.revision());
        return new Plan(repository, CheckpointFiles.of(repository, request.format()));
    }

    /**
     * Fetches what is not there yet and checks every byte.
     *
     * @param progress told the bytes that are there
     * @throws ScoringException INVALID_REQUEST if the folder holds something else, IO_FAILED if the disk is too small, HUB_FAILED and
     *     the hub's other refusals
     */
    void fetch(Plan plan, LongConsumer progress) throws IOException {
        Files.createDirectories(request.out());
        requireSameCommit(plan.repository());
        List<PartialFile> files = new ArrayList<>();
        try {
            for (HubFile file : plan.files()) {
                files.add(new PartialFile(file, request.out(), policy));
            }
            long there = files.stream().mapToLong(PartialFile::doneBytes).sum();
            requireRoom(plan.bytes() - there);
            note(plan.repository());
            String path = "/" + encoded(plan.repository().id()) + "/resolve/"
                    + plan.repository().commit() + "/";
            new Download(http, path, policy, files).run(progress);
        } finally {
            for (PartialFile file : files) {
                file.close();
            }
        }
    }

    private void requireSameCommit(HubRepository repository) throws IOException {
        Path file = request.out().resolve(RECORD);
        if (!Files.exists(file)) {
            return;
        }
        Origin there;
        try {
            there = JSON.readValue(file.toFile(), Origin.class);
        } catch (IOException e) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, file + " cannot be read; delete it or choose another --out", e);
        }
        if (!there.repository().equals(repository.id()) || !there.commit().equals(repository.commit())) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    request.out() + " holds " + there.repository() + " at commit " + there.commit() + ", and "
                            + repository.id()
                            + "@" + request.revision() + " is now " + repository.commit()
                            + ". To go on with what is there: "
                            + there.repository() + "@" + there.commit() + "; for the newer one choose another --out");
        }
    }

    private void requireRoom(long bytes) throws IOException {
        FileStore store = Files.getFileStore(request.out());
        long free = store.getUsableSpace();
        if (free < bytes + SPARE_BYTES) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED,
                    gigabytes(bytes) + " are to be fetched, and " + request.out() + " has room for " + gigabytes(free)
                            + " only; make room or choose another --out");
        }
    }

    private void note(HubRepository repository) throws IOException {
        Origin origin = new Origin(
                request.hub().toString(),
                repository.id(),
                request.revision(),
                repository.commit(),
                repository.licence().orElse("unknown"));
        Files.write(request.out().resolve(RECORD), JSON.writeValueAsBytes(origin));
    }

    static String gigabytes(long bytes) {
        return bytes < 100_000_000
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }

    /** @return the path as it stands in an address */
    static String encoded(String path) {
        return Arrays.stream(path.split("/", -1)).map(ModelPull::encodedSegment).collect(Collectors.joining("/"));
    }

    static String encodedSegment(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        http.close();
    }
}
