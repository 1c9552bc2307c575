package org.loupe.training.score;

import java.util.Arrays;
import java.util.List;
import org.loupe.export.small.ScoreHead;
import org.loupe.export.small.SmallModel;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.training.head.Example;
import org.loupe.training.head.Fitted;
import org.loupe.training.objective.LevelScale;

/**
 * A task's finished score head and its scaling.
 *
 * @param scaling of the raw features
 * @param head what it sees is all of them, scaled
 */
public record ScoreModel(Scaling scaling, ScoreHead head) implements Fitted {
    private static final LevelScale LEVELS = LevelScale.equidistant(SmallModel.LEVELS);

    @Override
    public double score(float[] raw) {
        return ScoreHead.score(u(raw), head.spread());
    }

    @Override
    public double[] scores(Example example) {
        return Arrays.stream(us(example))
                .map(u -> ScoreHead.score(u, head.spread()))
                .toArray();
    }

    @Override
    public double[] probabilities(Example example) {
        return ScoreHead.levels(us(example)[0], head.spread());
    }

    @Override
    public List<String> levelNames() {
        return LEVELS.names();
    }

    @Override
    public double[] levelWeights() {
        return LEVELS.weights();
    }

    /** @return u of a still's sizes, full size first; of a clip one: the mean of its frames' logits is what the mean of their u gives */
    double[] us(Example example) {
        double[] u = example.rows().stream().mapToDouble(this::u).toArray();
        return example.clip() ? new double[] {Arrays.stream(u).average().orElseThrow()} : u;
    }

    private double u(float[] raw) {
        return head.u(scaling.apply(raw));
    }
}
