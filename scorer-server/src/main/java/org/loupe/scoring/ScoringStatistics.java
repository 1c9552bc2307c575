package org.loupe.scoring;

/**
 * Counters since the start.
 *
 * @param scored media answered with scores, remembered ones included
 * @param failed media answered with a reason
 * @param remembered media answered without decoding, because their bytes were scored before
 * @param shared media answered together with another that had the same bytes and was under way
 * @param waiting media waiting to be decoded now
 * @param heldBytes encoded bytes in memory now
 */
public record ScoringStatistics(long scored, long failed, long remembered, long shared, int waiting, long heldBytes) {}
