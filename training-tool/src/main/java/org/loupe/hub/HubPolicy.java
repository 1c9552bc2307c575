package org.loupe.hub;

import java.time.Duration;

/**
 * How patient a download is.
 *
 * @param connections requests at a time over all files
 * @param chunkBytes most bytes of one request
 * @param attempts failures in a row without progress before one request is given up
 * @param firstBackoff wait after the first failure; doubles up to {@code longestBackoff}, each time varied by up to a half
 * @param longestBackoff no wait is longer, whatever a server asks for
 * @param stall longest silence of a server that has begun to answer
 * @param restarts how often one file is begun again because its bytes were wrong or changed
 */
record HubPolicy(
        int connections,
        long chunkBytes,
        int attempts,
        Duration firstBackoff,
        Duration longestBackoff,
        Duration stall,
        int restarts) {
    /** 32 MiB a request: few enough requests for a hub's limits, small enough for slow lines to share the work. */
    static final HubPolicy DEFAULT =
            new HubPolicy(4, 32L << 20, 8, Duration.ofSeconds(1), Duration.ofMinutes(2), Duration.ofSeconds(60), 2);

    HubPolicy withConnections(int count) {
        return new HubPolicy(count, chunkBytes, attempts, firstBackoff, longestBackoff, stall, restarts);
    }
}
