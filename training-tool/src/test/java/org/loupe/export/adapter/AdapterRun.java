package org.loupe.export.adapter;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.loupe.engine.AdapterHandle;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.EngineResult;
import org.loupe.engine.OrtEngine;
import org.loupe.export.AdapterTargets;
import org.loupe.export.ModelImport;
import org.loupe.export.ModelImporter;
import org.loupe.export.Precision;
import org.loupe.modelpackage.AdapterPackage;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;

/** A package and its engine, for tests that compare what an adapter makes of it. */
final class AdapterRun implements AutoCloseable {
    static final Manifest.Licence UNKNOWN = new Manifest.Licence("unknown", "unknown", null);

    private final ModelPackage model;
    private final OrtEngine engine;

    private AdapterRun(ModelPackage model) {
        this.model = model;
        this.engine = OrtEngine.open(model, EngineConfig.DEFAULT.withThreads(1));
    }

    /** Imports a checkpoint and opens it. */
    static AdapterRun of(Path checkpoint, Path out, Precision precision, AdapterTargets targets) {
        ModelImporter.run(
                new ModelImport(checkpoint, out, "base", "1", precision, UNKNOWN, null, 4).withAdapters(targets),
                (step, done, total) -> {});
        return new AdapterRun(ModelPackage.open(out));
    }

    ModelPackage model() {
        return model;
    }

    OrtEngine engine() {
        return engine;
    }

    /** Imports an adapter for this package. */
    AdapterPackage adapter(Path peft, Path baseCheckpoint, Path out) {
        AdapterImporter.run(
                new AdapterImport(peft, model, baseCheckpoint, out, "warm", "1", UNKNOWN, null),
                (step, done, total) -> {});
        return AdapterPackage.open(out);
    }

    /** Two frames of noise, every prompt for both, alone and as a clip. */
    EngineResult noise(@Nullable AdapterHandle adapter, boolean clip) {
        int side = Objects.requireNonNull(model.manifest().input().side());
        byte[] bytes = new byte[2 * side * side * 3];
        new Random(11).nextBytes(bytes);
        ByteBuffer pixels = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        int prompts = model.manifest().prompts().size();
        long[][] rows = IntStream.range(0, 2 * prompts)
                .mapToObj(row -> clip ? new long[] {row % 2, 1 - row % 2} : new long[] {row % 2})
                .toArray(long[][]::new);
        long[] rowPrompt =
                IntStream.range(0, 2 * prompts).mapToLong(row -> row / 2).toArray();
        return engine.run(new EngineBatch(2, side, side, pixels, rows, rowPrompt, adapter));
    }

    @Override
    public void close() {
        engine.close();
        model.close();
    }
}
