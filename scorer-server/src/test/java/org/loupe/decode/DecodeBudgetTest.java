package org.loupe.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

class DecodeBudgetTest {
    @Test
    void holdsNoMorePixelsThanItHas() throws Exception {
        DecodeBudget budget = new DecodeBudget(4 * 1024);
        AtomicInteger held = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> decodes = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                int units = 1 + i % 4;
                decodes.add(threads.submit(() -> {
                    try (DecodeBudget.Lease lease = budget.take(units * 1024L)) {
                        most.accumulateAndGet(held.addAndGet(units), Math::max);
                        held.addAndGet(-units);
                    }
                }));
            }
            for (Future<?> decode : decodes) {
                decode.get(30, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(most.get()).isBetween(1, 4);
    }

    @Test
    void refusesWhatCanNeverFit() {
        assertThatThrownBy(() -> new DecodeBudget(1000).take(1001))
                .isInstanceOf(ScoringException.class)
                .extracting(e -> ((ScoringException) e).reason())
                .isEqualTo(ErrorReason.MEDIA_TOO_LARGE);
    }

    @Test
    void anInterruptedWaitIsACancelledDecode() throws Exception {
        DecodeBudget budget = new DecodeBudget(1024);
        CountDownLatch started = new CountDownLatch(1);
        List<ErrorReason> reasons = new ArrayList<>();
        try (DecodeBudget.Lease all = budget.take(1024)) {
            Thread waiting = new Thread(() -> {
                started.countDown();
                try (DecodeBudget.Lease never = budget.take(1)) {
                    throw new AssertionError("took what was not there");
                } catch (ScoringException e) {
                    reasons.add(e.reason());
                }
            });
            waiting.start();
            started.await();
            waiting.interrupt();
            waiting.join();
        }

        assertThat(reasons).containsExactly(ErrorReason.CANCELLED);
    }

    @Test
    void aFailedDecodeGivesItsPixelsBack() {
        DecodeBudget budget = new DecodeBudget(64 * 48);
        MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, budget);
        MediaSource photo = MediaSource.of(TestMedia.encoded(TestMedia.picture(64, 48), ".png"));
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> decoder.decode(photo, DecodeRequest.FULL, (index, frame) -> {
                        throw new IllegalStateException("sink is full");
                    }))
                    .hasMessage("sink is full");
        }

        assertThat(decoder.decode(photo, DecodeRequest.FULL).frames()).hasSize(1);
    }
}
