package org.loupe.engine;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoraAdapter;
import java.nio.file.Path;
import org.loupe.modelpackage.AdapterManifest;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** An adapter's tensors, mapped by the runtime. Counts its runs, so that closing it never pulls memory from under one. */
final class OrtAdapter implements AdapterHandle {
    private final AdapterManifest manifest;
    private final OrtLoraAdapter tensors;
    private int runs;
    private boolean closed;
    private boolean freed;

    private OrtAdapter(AdapterManifest manifest, OrtLoraAdapter tensors) {
        this.manifest = manifest;
        this.tensors = tensors;
    }

    /** @throws ScoringException MODEL_PACKAGE_INVALID if the runtime refuses the file */
    static OrtAdapter open(AdapterPackage adapter) {
        Path file = adapter.tensors().toAbsolutePath();
        try {
            return new OrtAdapter(adapter.manifest(), OrtLoraAdapter.create(file.toString()));
        } catch (OrtException e) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID, "ONNX Runtime cannot load " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public AdapterManifest manifest() {
        return manifest;
    }

    /**
     * Begins a run.
     *
     * @return the tensors, valid until {@link #endRun}
     * @throws IllegalStateException if the handle is closed
     */
    synchronized OrtLoraAdapter beginRun() {
        if (closed) {
            throw new IllegalStateException(
                    "the adapter " + manifest.name() + " " + manifest.version() + " was removed");
        }
        runs++;
        return tensors;
    }

    synchronized void endRun() {
        runs--;
        freeIfIdle();
    }

    @Override
    public synchronized void close() {
        closed = true;
        freeIfIdle();
    }

    private void freeIfIdle() {
        if (closed && runs == 0 && !freed) {
            freed = true;
            tensors.close();
        }
    }

    @Override
    public synchronized boolean freed() {
        return freed;
    }
}
