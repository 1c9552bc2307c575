package org.loupe.training.onealign;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.OneAlignConfig;
import org.loupe.checkpoint.OneAlignTensors;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.onealign.loss.AnswerLoss;
import org.loupe.training.onealign.loss.Answers;

/**
 * OneAlign while it learns. What learns is kept in 32 bits and takes part in the network's number type; what is frozen is kept in that type.
 * Owns all parameters; close it. For one thread.
 */
public final class TrainableOneAlign implements AutoCloseable {
    private final OneAlignNetwork network;
    private final PointerScope memory;
    private final Tuning tuning;
    private final boolean recompute;
    private final Map<String, Tensor> trained = new TreeMap<>();
    private boolean learning;
    private boolean closed;

    private TrainableOneAlign(OneAlignNetwork network, Tuning tuning, boolean recompute, PointerScope memory) {
        this.network = network;
        this.tuning = tuning;
        this.recompute = recompute;
        this.memory = memory;
    }

    /**
     * Reads a checkpoint.
     *
     * @param checkpoint read only here; the caller closes it
     * @param type what the network computes in
     * @param recompute whether to compute the inside of layers a second time in the backward pass rather than to keep it
     * @param device {@code cpu} or {@code cuda}, with {@code :N} for one of several
     * @param seed of the low-rank terms' first values
     * @throws ScoringException CHECKPOINT_INVALID if tensors and configuration disagree; INVALID_REQUEST if nothing would learn
     * @throws IOException if a file cannot be read
     */
    public static TrainableOneAlign load(
            OneAlignConfig config,
            Checkpoint checkpoint,
            NumberType type,
            Tuning tuning,
            boolean recompute,
            String device,
            long seed)
            throws IOException {
        OneAlignTensors.check(config, checkpoint.tensors().values());
        PointerScope memory = new PointerScope();
        try {
            Device where = new Device(device);
            CheckpointSource source =
                    new CheckpointSource(checkpoint, name -> tuning.trains(name) ? NumberType.FP32 : type, where);
            OneAlignNetwork network = OneAlignNetwork.build(config, type, source);
            TrainableOneAlign made = new TrainableOneAlign(network, tuning, recompute, memory);
            made.adapt(seed, where);
            made.choose();
            memory.extend(); // outlives this method: close() frees it
            return made;
        } finally {
            memory.close();
        }
    }

    /** B starts at zero, so that the network starts as it was; A uniformly, as wide as the reference's library spreads it. */
    private void adapt(long seed, Device device) {
        Tuning.LowRank lowRank = tuning.lowRank();
        if (lowRank == null) {
            return;
        }
        network.linears().forEach((module, linear) -> {
            if (lowRank.targets().lowRank(module)) {
                long rank = lowRank.rank();
                Tensor a = random(rank, linear.in(), new SplittableRandom(seed ^ ((long) module.hashCode() << 32)));
                Tensor b = torch.torch_zeros(new long[] {linear.out(), rank}, new TensorOptions(ScalarType.Float));
                linear.adapt(new LowRankTerm(
                        a.to(device, ScalarType.Float),
                        b.to(device, ScalarType.Float),
                        lowRank.scale(),
                        lowRank.dropout(),
                        () -> learning));
            }
        });
    }

    private static Tensor random(long rank, long in, SplittableRandom random) {
        double bound = 1 / Math.sqrt((double) in);
        float[] values = new float[Math.toIntExact(rank * in)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return Tensor.create(values, rank, in);
    }

    private void choose() {
        StringTensorDict all = network.root().named_parameters();
        StringVector names = all.keys();
        for (long i = 0; i < names.size(); i++) {
            String name = names.get(i).getString();
            if (isTerm(name) || tuning.trains(name)) {
                Tensor parameter = all.get(name);
                parameter.set_requires_grad(true);
                trained.put(name, parameter);
            }
        }
        if (trained.isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "every part is frozen and no target is left: nothing would learn");
        }
    }

    private static boolean isTerm(String name) {
        return name.endsWith(".lora_A.weight") || name.endsWith(".lora_B.weight");
    }

    /**
     * @return what learns, sorted by name: tensors as in the checkpoint, low-rank terms as {@code MODULE.lora_A.weight} and {@code lora_B};
     *     {@code float32}, on the network's device
     */
    public Map<String, Tensor> trained() {
        return Collections.unmodifiableMap(trained);
    }

    /**
     * One forward and one backward pass: adds the gradients of {@code share} times the loss to those of the parameters.
     *
     * @param share what the loss counts: 1 for a step of one batch, 1/n for one of n batches that are accumulated
     * @param seed what is dropped follows from it alone
     * @return the loss of the batch
     */
    public double addGradients(TrainingBatch batch, AnswerLoss loss, double share, long seed) {
        try (PointerScope pass = new PointerScope()) {
            Tensor pixels = network.normalised(batch.pixels(), batch.rows().size() * batch.framesPerRow());
            return addGradients(network.imageStages(), pixels, batch, loss, share, seed);
        }
    }

    /** Likewise from patch features on, for a frozen vision tower: {@code [frame, token, width]}. */
    double addGradientsFromFeatures(Tensor features, TrainingBatch batch, AnswerLoss loss, double share, long seed) {
        List<Stage> afterVision = network.imageStages()
                .subList(network.visionStages(), network.imageStages().size());
        return addGradients(afterVision, features, batch, loss, share, seed);
    }

    private double addGradients(
            List<Stage> image, Tensor in, TrainingBatch batch, AnswerLoss loss, double share, long seed) {
        List<Stage> stages = new ArrayList<>(image);
        int[][] after = batch.after();
        stages.addAll(network.languageStages(batch.before(), after, batch.framesPerRow()));
        int beforeText = batch.before().length
                + batch.framesPerRow() * network.config().abstractor().rows();
        Answers.Places places = Answers.places(batch.rows(), beforeText, beforeText + after[0].length);
        Gradients gradients = new Gradients(
                stages,
                x -> loss.of(places.answers(network.logits(x, places.positions()))),
                recompute,
                stage -> torch.manual_seed(seed * 1_000_003 + stage));
        learning = true;
        try {
            return gradients.add(in, share);
        } finally {
            learning = false;
        }
    }

    /** @return the same network for scoring, without dropout; this one's, do not close it */
    public OneAlignNetwork network() {
        return network;
    }

    /** @return what learns of it */
    public Tuning tuning() {
        return tuning;
    }

    /** Frees the parameters; idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            network.close();
            memory.deallocate();
        }
    }
}
