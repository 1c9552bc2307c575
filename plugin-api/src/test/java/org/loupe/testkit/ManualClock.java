package org.loupe.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A clock that stands still until it is told to advance. Safe for use by many threads. */
public final class ManualClock extends Clock {
    private final AtomicLong nowMillis =
            new AtomicLong(Instant.parse("2026-01-01T12:00:00Z").toEpochMilli());

    public void advance(Duration by) {
        nowMillis.addAndGet(by.toMillis());
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(nowMillis.get());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(@Nullable ZoneId zone) {
        return this;
    }
}
