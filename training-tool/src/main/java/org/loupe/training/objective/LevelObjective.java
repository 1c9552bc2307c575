package org.loupe.training.objective;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Cross-entropy between the softmax of the outputs and what a rating says about the levels. */
final class LevelObjective implements Objective {
    private final LevelScale scale;
    private final boolean soft;

    private LevelObjective(LevelScale scale, boolean soft) {
        this.scale = scale;
        this.soft = soft;
    }

    static Objective discrete(LevelScale scale) {
        return new LevelObjective(scale, false);
    }

    static Objective soft(LevelScale scale) {
        return new LevelObjective(scale, true);
    }

    @Override
    public int outputs() {
        return scale.count();
    }

    @Override
    public Tensor loss(Tensor outputs, Targets targets, long seed) {
        int n = targets.mos().length;
        float[] wanted = new float[n * scale.count()];
        for (int i = 0; i < n; i++) {
            System.arraycopy(target(targets.mos()[i], targets.std()[i]), 0, wanted, i * scale.count(), scale.count());
        }
        return Objectives.crossEntropy(outputs, Objectives.like(outputs, wanted, n, scale.count()));
    }

    private float[] target(double mos, double std) {
        if (!soft) {
            return scale.discrete(mos);
        }
        return Double.isNaN(std) ? scale.twoLevels(mos) : scale.gaussian(mos, std);
    }

    @Override
    public Tensor scores(Tensor outputs) {
        return Objectives.expectedScore(outputs, scale.weights());
    }

    @Override
    public List<String> levelNames() {
        return scale.names();
    }

    @Override
    public double[] levelWeights() {
        return scale.weights();
    }
}
