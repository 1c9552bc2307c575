package org.loupe.training.loop;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * AdamW in the order of operations of PyTorch's single-tensor implementation, with its state in our hands: libtorch's own optimiser gives out
 * its moments only inside an archive. Parameters of half precision learn through a float32 copy, as steps smaller than their last digit
 * would be lost. Tensors belong to the scope that was open when it was made.
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter, Decoupled weight decay regularization</a>
 */
final class AdamW {
    private final LoopConfig config;
    private final List<Slot> slots = new ArrayList<>();
    private final TensorVector parameters;

    /** @param master what is updated: the parameter itself, or its float32 copy */
    private record Slot(
            String name, Tensor parameter, Tensor master, Tensor mean, Tensor square, double rate, double decay) {
        @SuppressWarnings("ReferenceEquality") // asked is whether it is the very same tensor
        boolean copied() {
            return master != parameter;
        }
    }

    AdamW(LoopConfig config, List<ParameterGroup> groups) {
        this.config = config;
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (ParameterGroup group : groups) {
            group.parameters().forEach((name, parameter) -> {
                if (all.put(name, parameter) != null) {
                    throw new IllegalArgumentException(name + " stands in two groups");
                }
                boolean half = parameter.scalar_type().intern() != ScalarType.Float;
                Tensor values = parameter.detach();
                slots.add(new Slot(
                        name,
                        parameter,
                        half ? values.to(ScalarType.Float).clone() : parameter,
                        torch.zeros_like(values).to(ScalarType.Float),
                        torch.zeros_like(values).to(ScalarType.Float),
                        group.learningRateFactor(),
                        config.weightDecay() * group.decayFactor()));
            });
        }
        if (slots.isEmpty()) {
            throw new IllegalArgumentException("there is no parameter to learn");
        }
        this.parameters = new TensorVector(all.values().toArray(Tensor[]::new));
    }

    /** Forgets all gradients. */
    void zeroGradients() {
        for (Slot slot : slots) {
            slot.parameter().mutable_grad().reset();
        }
    }

    /** @return length of the gradient over all parameters, before it is clipped as configured */
    double clip() {
        double longest = config.clip() > 0 ? config.clip() : Double.POSITIVE_INFINITY;
        return torch.clip_grad_norm_(parameters, longest);
    }

    /**
     * @param number of the step, from 1
     * @param learningRate of this step, before the groups' factors
     */
    void step(long number, double learningRate) {
        double correction1 = 1 - Math.pow(config.beta1(), (double) number);
        double correction2 = Math.sqrt(1 - Math.pow(config.beta2(), (double) number));
        try (NoGradGuard guard = new NoGradGuard()) {
            for (Slot slot : slots) {
                Tensor gradient = slot.parameter().grad();
                if (!gradient.defined()) {
                    continue; // took no part in this step's loss
                }
                double rate = learningRate * slot.rate();
                Tensor exact = slot.copied() ? gradient.to(ScalarType.Float) : gradient;
                if (slot.decay() > 0) {
                    slot.master().mul_(new Scalar(1 - rate * slot.decay()));
                }
                slot.mean().lerp_(exact, new Scalar(1 - config.beta1()));
                slot.square().mul_(new Scalar(config.beta2())).addcmul_(exact, exact, new Scalar(1 - config.beta2()));
                Tensor root = slot.square().sqrt().div_(new Scalar(correction2)).add_(new Scalar(config.epsilon()));
                slot.master().addcdiv_(slot.mean(), root, new Scalar(-rate / correction1));
                if (slot.copied()) {
                    slot.parameter().copy_(slot.master());
                }
            }
        }
    }

    /** @return everything a check point needs besides the parameters themselves */
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        for (Slot slot : slots) {
            state.put(slot.name() + "#mean", slot.mean());
            state.put(slot.name() + "#square", slot.square());
            if (slot.copied()) {
                state.put(slot.name() + "#exact", slot.master());
            }
        }
        return state;
    }

    /** @return the parameters by name */
    Map<String, Tensor> weights() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        slots.forEach(slot -> weights.put(slot.name(), slot.parameter()));
        return weights;
    }
}
