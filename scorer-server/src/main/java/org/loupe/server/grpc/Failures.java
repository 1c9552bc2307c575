package org.loupe.server.grpc;

import io.grpc.StatusRuntimeException;
import java.util.UUID;
import org.loupe.client.WireErrors;
import org.loupe.proto.v1.ScoreFailure;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What leaves the server when something fails. Details of our own faults stay in the log, under an incident number the caller gets. */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    /** @return the status for a call */
    static StatusRuntimeException status(Throwable failure, String requestId) {
        return WireErrors.toStatus(told(failure, requestId));
    }

    /**
     * @return the status for somebody who changes the models: what is wrong with a package or with our memory is theirs to know, only the
     *     unforeseen stays in our log
     */
    static StatusRuntimeException toOperator(Throwable failure) {
        if (failure instanceof ScoringException known && known.reason() != ErrorReason.INTERNAL) {
            LOG.info("models not changed: {} {}", known.reason(), known.getMessage());
            return WireErrors.toStatus(known);
        }
        return status(failure, "");
    }

    /** @return the answer for one medium of a stream */
    static ScoreFailure message(Throwable failure, String requestId) {
        return WireErrors.toFailure(told(failure, requestId));
    }

    private static ScoringException told(Throwable failure, String requestId) {
        ScoringException known = WireErrors.fromFailure(failure);
        if (known.reason().kind() != ErrorReason.Kind.INTERNAL) {
            LOG.debug("request '{}' refused: {} {}", requestId, known.reason(), known.getMessage());
            return known;
        }
        String incident = UUID.randomUUID().toString();
        LOG.error("request '{}' failed, incident {}", requestId, incident, failure);
        return new ScoringException(known.reason(), "scoring failed on the server, incident " + incident);
    }
}
