package org.loupe.engine;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtLoraAdapter;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.loupe.device.Device;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * One .onnx file, loaded. Owns session and options and closes both. {@link #run} may be called by many threads; {@link #close} waits for
 * the runs under way.
 */
public final class OrtGraph implements AutoCloseable {
    /** {@code uint8[F, H, W, 3]}. */
    public static final String PIXELS = "pixels";
    /** {@code int64[R, K]}. */
    public static final String ROW_FRAMES = "row_frames";
    /** {@code int64[R]}. */
    public static final String ROW_PROMPT = "row_prompt";

    /** Reserved, not used: pages are taken as far as the recursion really goes. */
    private static final long LOADING_STACK_BYTES = 1L << 30;

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final OrtSession.SessionOptions options;
    private final Device device;
    private final AtomicLong runs = new AtomicLong();
    private final Map<String, NodeInfo> inputs;
    private final Map<String, NodeInfo> outputs;
    private final ReadWriteLock lifetime = new ReentrantReadWriteLock();
    private boolean closed;

    private OrtGraph(OrtEnvironment environment, OrtSession session, OrtSession.SessionOptions options, Device device)
            throws OrtException {
        this.environment = environment;
        this.session = session;
        this.options = options;
        this.device = device;
        this.inputs = Map.copyOf(session.getInputInfo());
        this.outputs = Map.copyOf(session.getOutputInfo());
    }

    /**
     * Loads a graph onto the one device that the settings ask for, of several the first; external weights beside it are mapped, not read.
     *
     * @throws ScoringException MODEL_PACKAGE_INVALID if the runtime refuses the file, DEVICE_UNAVAILABLE if the settings name a device
     *     that cannot be used
     */
    public static OrtGraph open(Path onnx, EngineConfig config) {
        return Placement.openOne(config.deviceChoice(), device -> open(onnx, config, device));
    }

    /** As {@link #open(Path, EngineConfig)}, onto exactly that device. */
    public static OrtGraph open(Path onnx, EngineConfig config, Device device) {
        if (!Files.isRegularFile(onnx)) {
            throw new ScoringException(ErrorReason.MODEL_PACKAGE_INVALID, "there is no graph at " + onnx);
        }
        try {
            return onDeepStack(() -> openHere(onnx, config, device));
        } catch (OrtException e) {
            throw refusal(onnx.toString(), device, e);
        }
    }

    /**
     * Loads a graph that stands in memory, to measure a whole model or a part cut out of it.
     *
     * @param onnx the bytes of a graph; read here, not kept
     * @param weights the directory its external weights lie in
     * @param profile beginning of the file name of a profile of every run, see {@link #endProfile}; null to run as a server does
     * @throws ScoringException MODEL_PACKAGE_INVALID if the runtime refuses the graph, DEVICE_UNAVAILABLE if the settings name a device
     *     that cannot be used
     */
    public static OrtGraph measured(byte[] onnx, Path weights, EngineConfig config, @Nullable Path profile) {
        return Placement.openOne(config.deviceChoice(), device -> measured(onnx, weights, config, profile, device));
    }

    private static OrtGraph measured(
            byte[] onnx, Path weights, EngineConfig config, @Nullable Path profile, Device device) {
        try {
            return onDeepStack(() -> {
                OrtEnvironment environment = environment();
                OrtSession.SessionOptions options = new OrtSession.SessionOptions();
                try {
                    configure(options, config, device);
                    unpackOnce(options, onnx);
                    options.addConfigEntry(
                            "session.model_external_initializers_file_folder_path",
                            weights.toAbsolutePath().toString());
                    if (profile != null) {
                        options.enableProfiling(profile.toAbsolutePath().toString());
                    }
                    return hold(environment, environment.createSession(onnx, options), options, device);
                } catch (OrtException | RuntimeException e) {
                    options.close();
                    throw e;
                }
            });
        } catch (OrtException e) {
            throw refusal("a graph with weights in " + weights, device, e);
        }
    }

    /** Whether the graph or the device is at fault, only the runtime's words tell. */
    private static ScoringException refusal(String what, Device device, OrtException e) {
        if (device.kind() == Device.Kind.CUDA && CudaProvider.refused(e)) {
            return Placement.unavailable(device, String.valueOf(e.getMessage()), e);
        }
        return new ScoringException(
                ErrorReason.MODEL_PACKAGE_INVALID, "ONNX Runtime cannot load " + what + ": " + e.getMessage(), e);
    }

    /**
     * Ends the profile of a graph opened with one.
     *
     * @return the file: a JSON array of events, times in microseconds
     */
    public Path endProfile() {
        try {
            return Path.of(session.endProfiling());
        } catch (OrtException e) {
            throw new ScoringException(ErrorReason.INTERNAL, "no profile was written: " + e.getMessage(), e);
        }
    }

    /** One a process. */
    private static OrtEnvironment environment() {
        GpuNatives.prepare();
        // its log would go to stdout, so only errors pass
        return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "loupe");
    }

    private static OrtGraph openHere(Path onnx, EngineConfig config, Device device) throws OrtException {
        OrtEnvironment environment = environment();
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        try {
            configure(options, config, device);
            unpackOnce(options, Files.readAllBytes(onnx));
            return open(environment, onnx, options, device);
        } catch (IOException e) {
            options.close();
            throw new ScoringException(ErrorReason.IO_FAILED, onnx + " cannot be read: " + e.getMessage(), e);
        } catch (OrtException | RuntimeException e) {
            options.close();
            throw e;
        }
    }

    private static OrtGraph open(
            OrtEnvironment environment, Path onnx, OrtSession.SessionOptions options, Device device)
            throws OrtException {
        return hold(environment, environment.createSession(onnx.toAbsolutePath().toString(), options), options, device);
    }

    private static OrtGraph hold(
            OrtEnvironment environment, OrtSession session, OrtSession.SessionOptions options, Device device)
            throws OrtException {
        try {
            return new OrtGraph(environment, session, options, device);
        } catch (OrtException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /**
     * The runtime's native start-up searches this process's command line by regular expression, recursing a few hundred bytes deep for each
     * of its characters: a class path of eight kilobytes, or a list of some hundred photos, overflows the megabyte that a Java thread has
     * by default and ends the process without a word. Loading a graph may be that start-up, so all of it gets a stack for the longest
     * command line Linux allows.
     */
    private static OrtGraph onDeepStack(Callable<OrtGraph> load) throws OrtException {
        FutureTask<OrtGraph> task = new FutureTask<>(() -> {
            NativeRuns.beginLoading();
            try {
                return load.call();
            } finally {
                NativeRuns.endLoading();
            }
        });
        new Thread(null, task, "loupe-load-graph", LOADING_STACK_BYTES).start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return Objects.requireNonNull(task.get());
                } catch (InterruptedException e) {
                    interrupted = true; // loading cannot be stopped half way; whoever asked sees the flag afterwards
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof OrtException ort) {
                throw ort;
            }
            if (e.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new IllegalStateException("loading a graph failed", e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void configure(OrtSession.SessionOptions options, EngineConfig config, Device device)
            throws OrtException {
        if (!ByteKernels.exact(environment())) {
            ByteKernels.beCareful(options);
        }
        options.setIntraOpNumThreads(config.effectiveThreads());
        options.setInterOpNumThreads(1);
        options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
        // photos of a native-size model come in hundreds of shapes; a remembered pattern for each would only grow
        options.setMemoryPatternOptimization(false);
        options.setDeterministicCompute(true);
        // a server shares its processors with decoding: idle workers sleep instead of spinning
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        if (!config.prepack()) {
            options.addConfigEntry("session.disable_prepacking", "1");
        }
        if (device.kind() == Device.Kind.CUDA) {
            CudaProvider.add(options, config, device);
        }
    }

    /**
     * Has matrices that are kept in fewer bits unpacked when the graph is opened, as every constant is, instead of at every run. The runtime
     * would rather wait for a quantised product to come, which our graphs write as such from the start. Other graphs are opened as ever.
     */
    private static void unpackOnce(OrtSession.SessionOptions options, byte[] onnx) throws OrtException {
        // the name of an operator stands in the file as it is
        if (new String(onnx, StandardCharsets.ISO_8859_1).contains("DequantizeLinear")) {
            options.addConfigEntry("session.disable_quant_qdq", "1");
        }
    }

    /** @return where it was loaded */
    public Device device() {
        return device;
    }

    /** @return names of the graph's inputs */
    public Set<String> inputNames() {
        return inputs.keySet();
    }

    /** @return names of the graph's outputs */
    public Set<String> outputNames() {
        return outputs.keySet();
    }

    /** @return dimensions of an output, -1 where they differ from run to run */
    long[] outputShape(String name) {
        NodeInfo info = outputs.get(name);
        return info != null && info.getInfo() instanceof TensorInfo tensor ? tensor.getShape() : new long[0];
    }

    /**
     * Runs the graph once. Inputs that the graph does not declare are not fed.
     *
     * @param batch its pixels are read, not kept
     * @param wanted names of two-dimensional float outputs
     * @return for each name {@code float32[n, m]}, copied out of native memory
     * @throws ScoringException MODEL_FAILED if the runtime refuses the run or an output is of another kind
     * @throws IllegalArgumentException if the batch does not fit together
     */
    public Map<String, float[][]> run(EngineBatch batch, Set<String> wanted) {
        check(batch);
        lifetime.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the graph is closed");
            }
            return runOpen(batch, wanted);
        } catch (OrtException e) {
            NativeRuns.refuseIfStopped();
            throw new ScoringException(ErrorReason.MODEL_FAILED, "ONNX Runtime refused the run: " + e.getMessage(), e);
        } finally {
            lifetime.readLock().unlock();
        }
    }

    private Map<String, float[][]> runOpen(EngineBatch batch, Set<String> wanted) throws OrtException {
        Map<String, OnnxTensor> fed = new HashMap<>();
        try {
            feed(batch, fed);
            AdapterHandle adapter = batch.adapter();
            if (adapter != null) {
                return runAdapted(fed, wanted, adapter);
            }
            try (OrtSession.RunOptions how = runOptions()) {
                return runFed(fed, wanted, how);
            }
        } finally {
            fed.values().forEach(OnnxTensor::close);
        }
    }

    /** The runtime feeds the adapter's tensors as further inputs, by name. */
    private Map<String, float[][]> runAdapted(Map<String, OnnxTensor> fed, Set<String> wanted, AdapterHandle adapter)
            throws OrtException {
        if (!(adapter instanceof OrtAdapter own)) {
            throw new IllegalArgumentException("an adapter of another kind of engine: " + adapter);
        }
        OrtLoraAdapter tensors = own.beginRun();
        try (OrtSession.RunOptions how = runOptions()) {
            how.addActiveLoraAdapter(tensors);
            return runFed(fed, wanted, how);
        } finally {
            own.endRun();
        }
    }

    private Map<String, float[][]> runFed(Map<String, OnnxTensor> fed, Set<String> wanted, OrtSession.RunOptions how)
            throws OrtException {
        NativeRuns.begin(how);
        try (OrtSession.Result result = session.run(fed, wanted, how)) {
            Map<String, float[][]> copies = new LinkedHashMap<>();
            for (Map.Entry<String, OnnxValue> entry : result) {
                copies.put(entry.getKey(), matrix(entry.getKey(), entry.getValue()));
            }
            return copies;
        } finally {
            NativeRuns.end(how);
        }
    }

    private OrtSession.RunOptions runOptions() throws OrtException {
        OrtSession.RunOptions how = new OrtSession.RunOptions();
        try {
            if (device.kind() == Device.Kind.CUDA && runs.incrementAndGet() % CudaProvider.RUNS_A_SHRINK == 0) {
                CudaProvider.shrink(how, device);
            }
            return how;
        } catch (OrtException | RuntimeException e) {
            how.close();
            throw e;
        }
    }

    private void feed(EngineBatch batch, Map<String, OnnxTensor> fed) throws OrtException {
        if (inputs.containsKey(PIXELS)) {
            long[] shape = {batch.frames(), batch.height(), batch.width(), 3};
            fed.put(
                    PIXELS,
                    OnnxTensor.createTensor(environment, batch.pixels().duplicate(), shape, OnnxJavaType.UINT8));
        }
        if (inputs.containsKey(ROW_FRAMES)) {
            long[][] rows = batch.rowFrames();
            long[] shape = {rows.length, rows[0].length};
            LongBuffer flat = LongBuffer.allocate(rows.length * rows[0].length);
            for (long[] row : rows) {
                flat.put(row);
            }
            fed.put(ROW_FRAMES, OnnxTensor.createTensor(environment, flat.flip(), shape));
        }
        if (inputs.containsKey(ROW_PROMPT)) {
            long[] shape = {batch.rowPrompt().length};
            fed.put(ROW_PROMPT, OnnxTensor.createTensor(environment, LongBuffer.wrap(batch.rowPrompt()), shape));
        }
    }

    private static float[][] matrix(String name, OnnxValue value) {
        if (!(value instanceof OnnxTensor tensor) || tensor.getInfo().getShape().length != 2) {
            throw new ScoringException(ErrorReason.MODEL_FAILED, "output " + name + " is no matrix");
        }
        FloatBuffer flat = tensor.getFloatBuffer(); // a copy on the heap, also of half precision
        if (flat == null) {
            throw new ScoringException(ErrorReason.MODEL_FAILED, "output " + name + " holds no floats");
        }
        long[] shape = tensor.getInfo().getShape();
        float[][] rows = new float[Math.toIntExact(shape[0])][Math.toIntExact(shape[1])];
        for (float[] row : rows) {
            flat.get(row);
        }
        return rows;
    }

    private static void check(EngineBatch batch) {
        long bytes = 3L * batch.frames() * batch.height() * batch.width();
        ByteBuffer pixels = batch.pixels();
        if (!pixels.isDirect() || pixels.position() != 0 || pixels.remaining() != bytes || bytes == 0) {
            throw new IllegalArgumentException("need a direct buffer of exactly " + bytes + " bytes, got " + pixels);
        }
        if (batch.rowFrames().length == 0 || batch.rowFrames().length != batch.rowPrompt().length) {
            throw new IllegalArgumentException("need at least one row, and one prompt for each");
        }
        int framesPerRow = batch.rowFrames()[0].length;
        for (long[] row : batch.rowFrames()) {
            if (row.length != framesPerRow || row.length == 0) {
                throw new IllegalArgumentException("every row must look at the same number of frames");
            }
            for (long frame : row) {
                if (frame < 0 || frame >= batch.frames()) {
                    throw new IllegalArgumentException("row looks at frame " + frame + " of " + batch.frames());
                }
            }
        }
    }

    /** Frees the session after the runs under way; idempotent. */
    @Override
    public void close() {
        lifetime.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                free();
            }
        } finally {
            lifetime.writeLock().unlock();
        }
    }

    private void free() {
        try (options) { // the options outlive the session
            session.close();
        } catch (OrtException e) {
            throw new ScoringException(
                    ErrorReason.INTERNAL, "ONNX Runtime could not free a session: " + e.getMessage(), e);
        }
    }
}
