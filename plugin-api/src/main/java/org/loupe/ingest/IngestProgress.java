package org.loupe.ingest;

/**
 * Counters since the pipeline was made, and what is left.
 *
 * @param accepted assets taken in, those left in the journal by an earlier process included
 * @param written assets whose scores were written
 * @param skipped assets that needed nothing
 * @param parked assets given up
 * @param pending assets in the journal that wait or are in flight now
 */
public record IngestProgress(long accepted, long written, long skipped, long parked, long pending) {}
