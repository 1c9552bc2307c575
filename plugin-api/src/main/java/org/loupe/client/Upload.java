package org.loupe.client;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.loupe.proto.v1.ScoringServiceGrpc;
import org.loupe.proto.v1.UploadHeader;
import org.loupe.proto.v1.UploadRequest;
import org.loupe.proto.v1.UploadResponse;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoredMedia;
import org.loupe.score.ScoringException;

/**
 * Streams one large medium, reading only as fast as the connection takes it: what is in memory is a chunk and gRPC's 32 KiB send buffer
 * over it. All callbacks of one call come one after another.
 */
final class Upload implements ClientResponseObserver<UploadRequest, UploadResponse> {
    /** A quarter of the contract's largest chunk: large enough that framing costs nothing, small enough that many uploads fit. */
    static final int CHUNK_BYTES = 256 * 1024;

    private final UploadHeader header;
    private final InputStream in;
    private final CompletableFuture<UploadResponse> answer = new CompletableFuture<>();
    private @Nullable UploadResponse response;
    private long leftBytes;
    private boolean headerSent;
    private boolean finished;

    private Upload(UploadHeader header, InputStream in) {
        this.header = header;
        this.in = in;
        this.leftBytes = header.getSizeBytes();
    }

    static CompletableFuture<ScoredMedia> start(
            Channel channel, CallOptions options, UploadHeader header, MediaContent content) {
        InputStream in;
        try {
            in = content instanceof MediaContent.File file
                    ? Files.newInputStream(file.path())
                    : new ByteArrayInputStream(((MediaContent.Bytes) content).bytes());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(GrpcScoringClient.unreadable((MediaContent.File) content, e));
        }
        Upload upload = new Upload(header, in);
        ClientCall<UploadRequest, UploadResponse> call = channel.newCall(ScoringServiceGrpc.getUploadMethod(), options);
        ClientCalls.asyncClientStreamingCall(call, upload);
        CompletableFuture<ScoredMedia> media =
                upload.answer.thenApply(response -> WireMessages.fromWire(response.getMedia()));
        return GrpcScoringClient.cancellable(media, call, upload.answer);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<UploadRequest> stream) {
        stream.setOnReadyHandler(() -> send(stream));
    }

    private void send(ClientCallStreamObserver<UploadRequest> stream) {
        try {
            while (stream.isReady() && !finished) {
                if (!headerSent) {
                    headerSent = true;
                    stream.onNext(UploadRequest.newBuilder().setHeader(header).build());
                    continue;
                }
                byte[] chunk = in.readNBytes((int) Math.min(CHUNK_BYTES, leftBytes));
                if (chunk.length == 0) {
                    throw new IOException("it became shorter while it was read");
                }
                leftBytes -= chunk.length;
                stream.onNext(UploadRequest.newBuilder()
                        .setChunk(UnsafeByteOperations.unsafeWrap(chunk))
                        .build());
                if (leftBytes == 0) {
                    finish();
                    stream.onCompleted();
                }
            }
        } catch (IOException e) {
            ScoringException failure =
                    new ScoringException(ErrorReason.IO_FAILED, "cannot read the medium: " + e.getMessage(), e);
            finish();
            answer.completeExceptionally(failure);
            stream.cancel("reading failed", failure);
        }
    }

    private void finish() {
        finished = true;
        try {
            in.close();
        } catch (IOException e) {
            finished = true; // opened for reading only: closing it loses nothing
        }
    }

    @Override
    public void onNext(UploadResponse message) {
        response = message;
    }

    @Override
    public void onError(Throwable failure) {
        finish();
        answer.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
        finish();
        if (response == null) {
            answer.completeExceptionally(
                    new ScoringException(ErrorReason.INTERNAL, "the server ended the upload without an answer"));
        } else {
            answer.complete(response);
        }
    }
}
