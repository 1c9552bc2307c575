package org.loupe.scoring;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that must be closed, closed in reverse of its making. Safe for use by many threads. */
public final class CloseStack implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CloseStack.class);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private volatile boolean closing;

    /** @return whether closing has begun */
    public boolean closing() {
        return closing;
    }

    /** @return the resource, which now belongs to this stack */
    public synchronized <T extends AutoCloseable> T push(T resource) {
        open.push(resource);
        return resource;
    }

    /** Closes all; what fails is logged and does not keep the rest open. Idempotent. */
    @Override
    public void close() {
        closing = true;
        closeAll();
    }

    private synchronized void closeAll() {
        while (!open.isEmpty()) {
            AutoCloseable resource = open.pop();
            try {
                resource.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.warn("{} could not be closed", resource, e);
            }
        }
    }
}
