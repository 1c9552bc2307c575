package org.loupe.scoring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.loupe.batch.JobAnswer;
import org.loupe.batch.Lane;
import org.loupe.batch.ScoreJob;
import org.loupe.batch.ScoreQueue;
import org.loupe.batch.ScoreQueueFactory;
import org.loupe.decode.Frame;
import org.loupe.engine.Engine;
import org.loupe.engine.EngineFactory;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Makes a package answer: session, queue, and, where asked for, a first run of every prompt. Safe for use by many threads. */
final class ModelLoader {
    /** Any picture shows whether a graph runs; a grey one of a camera's shape is as good as another. */
    private static final int GREY_WIDTH = 640;

    private static final int GREY_HEIGHT = 480;
    private static final byte GREY = (byte) 128;
    /** A clip of two frames takes another way through the graph than a still. */
    private static final int WARM_CLIP_FRAMES = 2;

    private final EngineFactory engines;
    private final ScoreQueueFactory queues;

    ModelLoader(EngineFactory engines, ScoreQueueFactory queues) {
        this.engines = engines;
        this.queues = queues;
    }

    /**
     * @param source where the package came from
     * @param files the resident's from now on; closed after a failure
     * @param warm whether to run every prompt once before it is handed out
     * @throws ScoringException MODEL_PACKAGE_INVALID if the graph cannot be loaded, MODEL_FAILED if the first run fails
     */
    Resident open(ModelSource source, ModelPackage files, boolean warm) {
        CloseStack resources = new CloseStack();
        resources.push(files);
        try {
            Manifest manifest = files.manifest();
            Preprocessor preprocessor = Preprocessors.of(manifest.input());
            Engine engine = resources.push(engines.open(files));
            if (warm) {
                // a queue of its own, so that nobody's counters begin with a run nobody asked for
                try (ScoreQueue first = queues.over(engine)) {
                    warm(manifest, preprocessor, first, engine.devices().size());
                }
            }
            Owner owner = resources.push(new Owner());
            ScoreQueue queue = resources.push(queues.over(engine));
            Resident resident = new Resident(
                    new LoadedModel(manifest, preprocessor, engine.devices(), queue),
                    engine,
                    source,
                    MemoryNeed.bytes(files),
                    resources);
            owner.resident = resident;
            return resident;
        } catch (RuntimeException | OutOfMemoryError e) {
            resources.close();
            throw e;
        }
    }

    /** Holds the place of the adapters between engine and queue. */
    private static final class Owner implements AutoCloseable {
        private volatile @Nullable Resident resident;

        @Override
        public void close() {
            Resident made = resident;
            if (made != null) {
                made.closeAdapters();
            }
        }
    }

    /** @param devices as many runs at a time, so that each of them gets one */
    private static void warm(Manifest manifest, Preprocessor preprocessor, ScoreQueue queue, int devices) {
        Frame frame = preprocessor.apply(grey());
        List<Integer> stills = new ArrayList<>();
        List<Integer> clips = new ArrayList<>();
        for (int i = 0; i < manifest.prompts().size(); i++) {
            boolean still = manifest.prompts().get(i).mediaKind() == Manifest.MediaKind.IMAGE;
            (still ? stills : clips).add(i);
        }
        run(manifest, queue, List.of(frame), stills, devices);
        int frames = Math.min(WARM_CLIP_FRAMES, manifest.limits().maxFrames());
        run(manifest, queue, Collections.nCopies(frames, frame), clips, devices);
    }

    private static void run(Manifest manifest, ScoreQueue queue, List<Frame> frames, List<Integer> prompts, int times) {
        if (prompts.isEmpty()) {
            return;
        }
        ScoreJob job = new ScoreJob(frames, prompts, OptionalLong.empty(), Lane.INTERACTIVE);
        List<CompletableFuture<JobAnswer>> answers =
                IntStream.range(0, times).mapToObj(i -> queue.submit(job)).toList();
        answers.forEach(answer -> check(manifest, answer));
    }

    private static void check(Manifest manifest, CompletableFuture<JobAnswer> promised) {
        JobAnswer answer;
        try {
            answer = promised.join();
        } catch (CompletionException e) {
            throw new ScoringException(
                    ErrorReason.MODEL_FAILED,
                    "the first run of " + manifest.ref() + " failed: " + Objects.requireNonNullElse(e.getCause(), e),
                    e);
        }
        for (float[] logits : answer.levelLogits()) {
            boolean finite = true;
            for (float logit : logits) {
                finite &= Float.isFinite(logit);
            }
            if (logits.length != manifest.levels().size() || !finite) {
                throw new ScoringException(
                        ErrorReason.MODEL_FAILED,
                        "the first run of " + manifest.ref() + " gave "
                                + (finite
                                        ? logits.length + " logits for "
                                                + manifest.levels().size() + " levels"
                                        : "logits that are no numbers"));
            }
        }
    }

    private static Frame grey() {
        byte[] rgb = new byte[GREY_WIDTH * GREY_HEIGHT * 3];
        Arrays.fill(rgb, GREY);
        return new Frame(GREY_WIDTH, GREY_HEIGHT, rgb);
    }
}
