package org.loupe.batch;

/** How urgent a job is. Interactive jobs go first, but bulk jobs are never starved. */
public enum Lane {
    /** Somebody is waiting. */
    INTERACTIVE,
    /** A sweep over a library. */
    BULK
}
