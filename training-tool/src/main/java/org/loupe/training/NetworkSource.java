package org.loupe.training;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.loupe.command.ProgressBar;
import org.loupe.export.small.SmallGraph;
import org.loupe.export.small.SmallModel.Network;
import org.loupe.export.small.SmallModelReader;
import org.loupe.media.MediaTypes;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Rated;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.head.FitKeeper;
import org.loupe.training.loop.LoopListener;
import org.loupe.training.student.StudentTraining;
import org.loupe.training.teacher.Teacher;

/**
 * Where the convolutional part of a run comes from: taught anew where there is a teacher, otherwise the bundled model's. It looks at no
 * rating, so one serves every fold.
 */
final class NetworkSource {
    private static final String BUNDLED = "loupe-small";

    private final TrainRequest request;
    private final Recipe recipe;
    private final ProgressBar bar;
    private final FitKeeper keeper;

    NetworkSource(TrainRequest request, ProgressBar bar, FitKeeper keeper) {
        this.request = request;
        this.recipe = request.recipe().recipe();
        this.bar = bar;
        this.keeper = keeper;
    }

    /**
     * @return nothing where the recipe wants none, or where neither a teacher was given nor the bundled model has one
     * @throws ScoringException INVALID_REQUEST if the teacher is not the one that the recipe names
     */
    Optional<Network> network() {
        Recipe.Network wanted = recipe.network();
        Path npm = request.teacher();
        if (wanted == null) {
            if (npm != null) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        "--teacher has nobody to teach: recipe " + recipe.name() + " has no section network");
            }
            return Optional.empty();
        }
        return npm == null ? bundled(wanted) : Optional.of(taught(wanted, npm));
    }

    private Optional<Network> bundled(Recipe.Network wanted) {
        try (ModelPackage base = ModelResolver.standard().open(BUNDLED)) {
            Optional<Network> network = SmallModelReader.readNetwork(base.directory());
            bar.println(
                    network.isPresent()
                            ? "The convolutional part is that of " + BUNDLED + " "
                                    + base.manifest().version() + "; --teacher teaches it anew."
                            : BUNDLED + " " + base.manifest().version()
                                    + " has no convolutional part, so the model gets none. --teacher teaches one, by "
                                    + wanted.teacher() + ".");
            return network;
        }
    }

    private Network taught(Recipe.Network wanted, Path npm) {
        try (Teacher teacher = Teacher.open(npm)) {
            if (!teacher.digest().equals(wanted.teacher().sha256())) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        npm.getFileName() + " is not " + wanted.teacher() + ": its weights have SHA-256 "
                                + teacher.digest() + ", the recipe wants "
                                + wanted.teacher().sha256());
            }
            ServedFrames served = new ServedFrames(Preprocessors.of(SmallGraph.input()));
            StudentTraining training = new StudentTraining(
                    wanted.student(), recipe.damage().types(), served, recipe.seed(), recipe.threads());
            return training.teach(teacher, pictures(), request.out().resolve("checkpoints"), keeper, new Shown());
        }
    }

    /** Every still that is learned from: rated ones and clean ones; those that anything is measured on at the end are not. */
    private List<Path> pictures() {
        Stream<Path> rated = request.sets().stream()
                .flatMap(set -> Stream.concat(set.train().stream(), set.val().stream()))
                .map(Rated::file)
                .filter(file -> MediaTypes.isStill(MediaTypes.detect(file)));
        return Stream.concat(rated, CleanPhotographs.learned(request).stream())
                .distinct()
                .toList();
    }

    private final class Shown implements StudentTraining.Watcher {
        @Override
        public void shown(int pictures, int all) {
            bar.at("Asking the teacher", pictures, all);
        }

        @Override
        public void after(LoopListener.Progress progress) {
            bar.at(
                    "Teaching the convolutional part",
                    progress.steps(),
                    progress.allSteps(),
                    String.format(Locale.ROOT, "loss %.3f, %.0f crops/s", progress.loss(), progress.itemsPerSecond()));
        }
    }
}
