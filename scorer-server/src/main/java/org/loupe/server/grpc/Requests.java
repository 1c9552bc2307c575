package org.loupe.server.grpc;

import io.grpc.Context;
import io.grpc.Deadline;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.loupe.batch.Lane;
import org.loupe.client.ScoreOptions;
import org.loupe.client.WireMessages;
import org.loupe.decode.MediaSource;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scoring.ScoringRequest;

/** Messages to scoring requests, and the limits the contract states for their texts. */
final class Requests {
    private static final int MOST_ID = 128;
    private static final int MOST_MODEL = 200;
    private static final int MOST_FILE_NAME = 1024;

    private Requests() {}

    /** @throws ScoringException INVALID_REQUEST if a text is too long or an enum unknown, MEDIA_TOO_LARGE if the content is */
    static ScoringRequest of(byte[] content, org.loupe.proto.v1.ScoreOptions options, String id, Lane lane) {
        if (content.length > GrpcConfig.LARGEST_CONTENT_BYTES) {
            throw new ScoringException(
                    ErrorReason.MEDIA_TOO_LARGE,
                    "one message takes at most " + GrpcConfig.LARGEST_CONTENT_BYTES
                            + " bytes, send larger media through Upload");
        }
        return new ScoringRequest(MediaSource.of(content), options(options, id), deadline(), lane);
    }

    /** @throws ScoringException INVALID_REQUEST as {@link #of} */
    static ScoreOptions options(org.loupe.proto.v1.ScoreOptions options, String id) {
        length("request_id", id, MOST_ID);
        length("options.model", options.getModel(), MOST_MODEL);
        length("options.adapter", options.getAdapter(), MOST_MODEL);
        length("options.media_type_hint", options.getMediaTypeHint(), MOST_MODEL);
        length("options.file_name_hint", options.getFileNameHint(), MOST_FILE_NAME);
        return WireMessages.fromWire(options, id);
    }

    /** @return the deadline of the call under way, on the clock of {@link System#nanoTime} */
    static OptionalLong deadline() {
        Deadline deadline = Context.current().getDeadline();
        return deadline == null
                ? OptionalLong.empty()
                : OptionalLong.of(System.nanoTime() + deadline.timeRemaining(TimeUnit.NANOSECONDS));
    }

    static ScoringException invalid(String what) {
        return new ScoringException(ErrorReason.INVALID_REQUEST, what);
    }

    private static void length(String field, String text, int most) {
        if (text.length() > most) {
            throw invalid(field + " has " + text.length() + " characters, at most " + most + " are allowed");
        }
    }
}
