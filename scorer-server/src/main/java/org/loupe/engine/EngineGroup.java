package org.loupe.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.loupe.device.Device;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The same model on several devices, each with one run at a time. A run goes to whichever is idle. What one device refuses another tries:
 * a batch that both refuse is at fault itself, otherwise the first device is, and one that is at fault several times in a row gets no more
 * work, because a device that fails at once would be idle always and draw every batch to itself. Owns the engines.
 */
final class EngineGroup implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(EngineGroup.class);
    /** A device that was wrong this often in a row will not get well; a single fault may be a full memory. */
    private static final int FAULTS_TO_RETIRE = 3;

    private final List<Replica> replicas = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** @param engines at least one, all of the same model; belong to this group from now on */
    EngineGroup(List<? extends Engine> engines) {
        if (engines.isEmpty()) {
            throw new IllegalArgumentException("a group needs an engine");
        }
        engines.forEach(engine -> replicas.add(new Replica(engine)));
    }

    /** One device's engine; the fields belong to the lock. */
    private static final class Replica {
        final Engine engine;
        boolean idle = true;
        boolean retired;
        int faults;

        Replica(Engine engine) {
            this.engine = engine;
        }
    }

    @Override
    public List<Device> devices() {
        return replicas.stream()
                .flatMap(replica -> replica.engine.devices().stream())
                .toList();
    }

    @Override
    public EngineResult run(EngineBatch batch) {
        Replica first = take(null);
        if (first == null) {
            throw new IllegalStateException("one replica always stays in service");
        }
        ScoringException failure;
        try {
            return runOn(first, batch);
        } catch (ScoringException e) {
            if (e.reason() != ErrorReason.MODEL_FAILED) {
                throw e;
            }
            failure = e;
        }
        Replica second = take(first);
        if (second == null) {
            throw failure;
        }
        EngineResult result;
        try {
            result = runOn(second, batch);
        } catch (ScoringException again) {
            failure.addSuppressed(again);
            throw failure;
        }
        blame(first, failure);
        return result;
    }

    /** Resident adapters belong to the model, not to a device: every engine of the group runs it. */
    @Override
    public AdapterHandle addAdapter(AdapterPackage adapter) {
        return replicas.get(0).engine.addAdapter(adapter);
    }

    private EngineResult runOn(Replica replica, EngineBatch batch) {
        boolean well = false;
        try {
            EngineResult result = replica.engine.run(batch);
            well = true;
            return result;
        } finally {
            lock.lock();
            try {
                replica.idle = true;
                if (well) {
                    replica.faults = 0;
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Waits for an idle one. @return null if there is none in service but the one left out */
    private @Nullable Replica take(@Nullable Replica leftOut) {
        lock.lock();
        try {
            while (true) {
                boolean any = false;
                for (Replica replica : replicas) {
                    if (replica != leftOut && !replica.retired) {
                        any = true;
                        if (replica.idle) {
                            replica.idle = false;
                            return replica;
                        }
                    }
                }
                if (!any) {
                    return null;
                }
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void blame(Replica replica, ScoringException failure) {
        lock.lock();
        try {
            replica.faults++;
            boolean last = replicas.stream().filter(each -> !each.retired).count() == 1;
            if (replica.faults >= FAULTS_TO_RETIRE && !replica.retired && !last) {
                replica.retired = true;
                LOG.error(
                        "{} refused {} batches in a row that another device took; it gets no more work until the model is loaded again",
                        replica.engine.devices(),
                        replica.faults,
                        failure);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        RuntimeException failure = null;
        for (Replica replica : replicas) {
            try {
                replica.engine.close();
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
