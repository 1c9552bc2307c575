package org.loupe.training.head;

import static org.bytedeco.pytorch.global.torch.manual_seed;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.loop.LoopListener;
import org.loupe.training.loop.TrainingLoop;
import org.loupe.training.network.HeadNetwork;
import org.loupe.training.objective.Objective;

/** Fits the heads of an ensemble, one after the other. Sets libtorch's seed and threads for the whole process. */
final class HeadTrainer {
    private final HeadRecipe recipe;
    private final Objective objective;
    private final FitKeeper keeper;

    HeadTrainer(HeadRecipe recipe, Objective objective, FitKeeper keeper) {
        this.recipe = recipe;
        this.objective = objective;
        this.keeper = keeper;
    }

    /**
     * @param name of the ensemble; its members are called after it
     * @param seed of the first head; the others count on from it
     * @param afterEpoch called after every epoch of every head
     * @return {@code recipe.heads()} heads
     */
    List<Head> fit(String name, HeadData data, long seed, Runnable afterEpoch) {
        List<Head> heads = new ArrayList<>();
        String digest = keeper.keeps() ? data.digest() : "";
        for (int i = 0; i < recipe.heads(); i++) {
            // the others' curves would look like the first one's
            HeadData mine = recipe.watchShare() > 0
                    ? data.watched(recipe.watchShare(), seed + i)
                    : i == 0 ? data : data.unmeasured();
            heads.add(fitOne(name + "/" + (i + 1), mine, digest, seed + i, afterEpoch));
        }
        return heads;
    }

    private Head fitOne(String name, HeadData data, String digest, long seed, Runnable afterEpoch) {
        manual_seed(seed);
        LoopConfig config = recipe.loop().with("seed", seed);
        if (recipe.watchShare() == 0) {
            // Held-out pictures only draw the curve: weights chosen on them would flatter the figures measured on them.
            config = config.with("keep-best", 0).with("patience", 0);
        }
        try (PointerScope run = new PointerScope();
                HeadNetwork network = new HeadNetwork(
                        data.rows()[0].length,
                        recipe.hidden(),
                        objective.outputs(),
                        recipe.dropoutIn(),
                        recipe.dropoutHidden())) {
            HeadTrainable trainable = new HeadTrainable(recipe, objective, data, network, seed);
            EpochTicks ticks = new EpochTicks(config.epochs(), afterEpoch);
            TrainingLoop loop = keeper.keep(new TrainingLoop(config, name), name, recipe + " " + digest);
            keeper.ended(name, loop.watchedBy(ticks).run(trainable));
            ticks.rest();
            return network.learned(data.columns());
        }
    }

    /** Passes on the ends of epochs, and those of a fit that was only loaded. */
    private static final class EpochTicks implements LoopListener {
        private final int epochs;
        private final Runnable afterEpoch;
        private int ended;

        EpochTicks(int epochs, Runnable afterEpoch) {
            this.epochs = epochs;
            this.afterEpoch = afterEpoch;
        }

        @Override
        public void after(Progress progress) {
            long whole = progress.steps() * epochs / progress.allSteps();
            while (ended < whole) {
                ended++;
                afterEpoch.run();
            }
        }

        void rest() {
            while (ended < epochs) {
                ended++;
                afterEpoch.run();
            }
        }
    }
}
