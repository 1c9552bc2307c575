package org.loupe.batch;

/**
 * Counters of one queue since its start, a consistent copy.
 *
 * @param runs graph runs made
 * @param framesRun frames that went through the graph; a photo asked for two tasks counts once
 * @param rowsRun rows that went through the graph; a photo asked for two tasks counts twice
 * @param expired jobs whose deadline passed while they waited
 * @param cancelled jobs taken back while they waited
 * @param refused jobs refused because too many frames waited
 * @param failed jobs the engine refused
 * @param waitingFrames frames waiting now
 */
public record QueueStatistics(
        long runs,
        long framesRun,
        long rowsRun,
        long expired,
        long cancelled,
        long refused,
        long failed,
        int waitingFrames) {}
