package org.loupe.server.grpc;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.loupe.batch.Lane;
import org.loupe.client.WireMessages;
import org.loupe.decode.MediaSource;
import org.loupe.proto.v1.UploadHeader;
import org.loupe.proto.v1.UploadRequest;
import org.loupe.proto.v1.UploadResponse;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;
import org.loupe.scoring.Scoring;
import org.loupe.scoring.ScoringRequest;
import org.loupe.scratch.ScratchDirectory;

/**
 * One {@code Upload} call: chunks go to a private temporary file as they come, the sender is slowed by the disk. The file is gone when
 * the call has ended, however it ended. gRPC calls it from one thread at a time; scoring answers from another.
 */
final class UploadReceiver implements StreamObserver<UploadRequest> {
    private static final int LARGEST_CHUNK_BYTES = 1 << 20;
    /** A place becomes free when an upload of gigabytes ends, which takes seconds. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Scoring scoring;
    private final GrpcConfig config;
    private final Semaphore places;
    private final ServerCallStreamObserver<UploadResponse> observer;
    private final OptionalLong deadlineNanos = Requests.deadline();

    private @Nullable UploadHeader header;
    private @Nullable Spool spool;
    private @Nullable CompletableFuture<ScoredMedia> answer;
    private boolean over;

    UploadReceiver(
            Scoring scoring, GrpcConfig config, Semaphore places, ServerCallStreamObserver<UploadResponse> observer) {
        this.scoring = scoring;
        this.config = config;
        this.places = places;
        this.observer = observer;
        observer.setOnCancelHandler(this::abandon);
    }

    /** The temporary file and the place it takes. Closed once. */
    private record Spool(ScratchDirectory directory, Path file, OutputStream out, long[] written, Semaphore places) {
        static Spool open(Semaphore places) throws IOException {
            if (!places.tryAcquire()) {
                throw new ScoringException(
                        ErrorReason.OVERLOADED, "too many uploads at the same time", null, RETRY_AFTER);
            }
            try {
                ScratchDirectory directory = ScratchDirectory.create("upload");
                try {
                    Path file = directory.path().resolve("media");
                    return new Spool(directory, file, Files.newOutputStream(file), new long[1], places);
                } catch (IOException e) {
                    directory.close();
                    throw e;
                }
            } catch (IOException | RuntimeException e) {
                places.release();
                throw e;
            }
        }

        void append(ByteString chunk) throws IOException {
            chunk.writeTo(out);
            written[0] += chunk.size();
        }

        void close() {
            try (directory) {
                out.close();
            } catch (IOException e) {
                throw new ScoringException(ErrorReason.IO_FAILED, "the upload's temporary file cannot be closed", e);
            } finally {
                places.release();
            }
        }
    }

    @Override
    public synchronized void onNext(UploadRequest request) {
        if (over) {
            return;
        }
        try {
            switch (request.getPartCase()) {
                case HEADER -> begin(request.getHeader());
                case CHUNK -> append(request.getChunk());
                case PART_NOT_SET -> throw Requests.invalid("an upload message holds a header or a chunk");
            }
        } catch (IOException e) {
            fail(new ScoringException(ErrorReason.IO_FAILED, "the upload cannot be stored", e));
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void begin(UploadHeader first) throws IOException {
        if (header != null) {
            throw Requests.invalid("an upload has one header, and it comes first");
        }
        header = first;
        Requests.options(first.getOptions(), first.getRequestId());
        if (Long.compareUnsigned(first.getSizeBytes(), config.maxUploadBytes()) > 0) {
            throw tooLarge();
        }
        spool = Spool.open(places);
    }

    private void append(ByteString chunk) throws IOException {
        Spool into = spool;
        UploadHeader about = header;
        if (into == null || about == null) {
            throw Requests.invalid("an upload begins with its header");
        }
        if (chunk.isEmpty() || chunk.size() > LARGEST_CHUNK_BYTES) {
            throw Requests.invalid("a chunk holds 1.." + LARGEST_CHUNK_BYTES + " bytes, this one " + chunk.size());
        }
        long size = into.written()[0] + chunk.size();
        if (size > config.maxUploadBytes()) {
            throw tooLarge();
        }
        if (about.getSizeBytes() != 0 && size > about.getSizeBytes()) {
            throw Requests.invalid("more bytes than the " + about.getSizeBytes() + " the header promised");
        }
        into.append(chunk);
    }

    private ScoringException tooLarge() {
        return new ScoringException(
                ErrorReason.MEDIA_TOO_LARGE,
                "this server takes uploads of at most " + config.maxUploadBytes() + " bytes");
    }

    @Override
    public void onCompleted() {
        CompletableFuture<ScoredMedia> scored;
        String id;
        synchronized (this) {
            if (over) {
                return;
            }
            try {
                scored = submit();
            } catch (IOException e) {
                fail(new ScoringException(ErrorReason.IO_FAILED, "the upload cannot be stored", e));
                return;
            } catch (RuntimeException e) {
                fail(e);
                return;
            }
            answer = scored;
            id = header == null ? "" : header.getRequestId();
        }
        CompletableFuture<ScoredMedia> unused = scored.whenComplete((media, failure) -> answered(id, media, failure));
    }

    private CompletableFuture<ScoredMedia> submit() throws IOException {
        Spool from = spool;
        UploadHeader about = header;
        if (from == null || about == null) {
            throw Requests.invalid("an upload begins with its header");
        }
        from.out().close();
        if (about.getSizeBytes() != 0 && from.written()[0] != about.getSizeBytes()) {
            throw Requests.invalid(
                    "the header promised " + about.getSizeBytes() + " bytes, " + from.written()[0] + " came");
        }
        return scoring.score(new ScoringRequest(
                MediaSource.of(from.file()),
                Requests.options(about.getOptions(), about.getRequestId()),
                deadlineNanos,
                Lane.INTERACTIVE));
    }

    private synchronized void answered(String id, @Nullable ScoredMedia media, @Nullable Throwable failure) {
        release();
        if (over) {
            return;
        }
        over = true;
        if (failure != null) {
            observer.onError(Failures.status(failure, id));
        } else if (media != null) {
            observer.onNext(UploadResponse.newBuilder()
                    .setRequestId(id)
                    .setMedia(WireMessages.toWire(media))
                    .build());
            observer.onCompleted();
        }
    }

    private void fail(RuntimeException failure) {
        over = true;
        release();
        observer.onError(Failures.status(failure, header == null ? "" : header.getRequestId()));
    }

    @Override
    public void onError(Throwable failure) {
        abandon();
    }

    private void abandon() {
        CompletableFuture<ScoredMedia> left;
        synchronized (this) {
            over = true;
            left = answer;
            if (left == null) {
                release();
            }
        }
        if (left != null) {
            left.cancel(false); // the file goes when scoring lets go of it, see answered()
        }
    }

    private void release() {
        Spool taken = spool;
        spool = null;
        if (taken != null) {
            taken.close();
        }
    }
}
