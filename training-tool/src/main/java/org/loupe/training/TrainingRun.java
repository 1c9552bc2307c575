package org.loupe.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.loupe.command.ProgressBar;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.Evaluator;
import org.loupe.export.small.FeatureGraph;
import org.loupe.export.small.SmallModel;
import org.loupe.export.small.SmallModel.Head;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.media.MediaTypes;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Distortion;
import org.loupe.training.data.Folds;
import org.loupe.training.data.Rated;
import org.loupe.training.data.ServedFrames;
import org.loupe.training.head.Ensemble;
import org.loupe.training.head.Example;
import org.loupe.training.head.FeatureReader;
import org.loupe.training.head.HeadFitting;
import org.loupe.training.head.HeadRecipe;
import org.loupe.training.head.PictureFeatures;

/** One run from labels to a package: read, cross-validate, fit, measure, write, check. For one thread; reads pictures with several. */
final class TrainingRun {
    /** Fewer rated pictures than this say nothing about a taste. */
    private static final int FEWEST_PICTURES = 10;

    private static final int[] CHECKED_LEVELS = {1, 3, 5};

    private final TrainRequest request;
    private final Recipe recipe;
    private final ProgressBar bar;
    private final ServedFrames served = new ServedFrames(Preprocessors.of(SmallPackage.input()));
    private final Findings findings = new Findings();
    private final Evaluator evaluator;

    TrainingRun(TrainRequest request, ProgressBar bar) {
        this.request = request;
        this.recipe = request.recipe().recipe();
        this.bar = bar;
        this.evaluator = new Evaluator(request.group());
    }

    /**
     * @return what was measured; the package lies at {@code request.out()/package}
     * @throws ScoringException if data or recipe are wrong, or the written package does not score as the trainer does
     */
    Findings run() {
        for (Task task : request.tasks()) {
            long rated = rated(task, TrainRequest.DataSet::train).size();
            if (rated < FEWEST_PICTURES) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        "only " + rated + " pictures are rated for " + task.id() + "; at least " + FEWEST_PICTURES
                                + " are needed");
            }
        }
        try (FeatureReader reader = FeatureReader.open(request.out().resolve("checkpoints"), Optional.empty())) {
            PictureFeatures pictures = new PictureFeatures(reader, served, recipe.reductions());
            Map<Rated, Example> examples = readExamples(pictures);
            List<Path> clean = cleanPhotographs();
            List<List<float[]>> chains = readChains(pictures, clean);
            Map<Task, Ensemble> ensembles = fit(examples, chains);
            checkOrder(pictures, heldOut(), ensembles.get(Task.QUALITY));
            return write(ensembles, examples);
        }
    }

    private Map<Rated, Example> readExamples(PictureFeatures pictures) {
        Map<Rated, Double> weights = new LinkedHashMap<>();
        request.sets().forEach(set -> Stream.of(set.train(), set.val())
                .flatMap(List::stream)
                .forEach(rated -> weights.put(rated, set.weight())));
        List<Rated> all = List.copyOf(weights.keySet());
        Map<Rated, Example> examples = new java.util.concurrent.ConcurrentHashMap<>();
        inParallel("Reading rated pictures", all, rated -> {
            examples.put(rated, pictures.example(rated, weights.getOrDefault(rated, 1.0)));
        });
        return examples;
    }

    private List<List<float[]>> readChains(PictureFeatures pictures, List<Path> clean) {
        Map<Path, List<List<float[]>>> chains = new java.util.concurrent.ConcurrentHashMap<>();
        inParallel("Damaging clean photographs", clean, file -> {
            chains.put(file, pictures.chains(file, recipe.damage().types(), recipe.seed()));
        });
        return clean.stream()
                .flatMap(file -> chains.getOrDefault(file, List.of()).stream())
                .toList();
    }

    private Map<Task, Ensemble> fit(Map<Rated, Example> examples, List<List<float[]>> chains) {
        Map<Task, Ensemble> ensembles = new EnumMap<>(Task.class);
        List<float[]> allRows = new ArrayList<>();
        examplesInOrder(examples, Optional.empty(), true).forEach(example -> allRows.addAll(example.rows()));
        for (Task task : request.tasks()) {
            List<float[]> others = new ArrayList<>();
            for (Task other : request.tasks()) {
                if (other != task) {
                    examplesInOrder(examples, Optional.of(other), true).forEach(e -> others.addAll(e.rows()));
                }
            }
            HeadRecipe heads = task == Task.QUALITY ? recipe.quality() : recipe.aesthetics();
            HeadFitting fitting = new HeadFitting(heads, FeatureGraph.names(), chains, others);
            List<Example> both = examplesInOrder(examples, Optional.of(task), true);
            List<Example> train = examplesInOrder(examples, Optional.of(task), false);
            crossValidate(task, heads, fitting, both);
            if (train.size() < both.size()) {
                validate(task, heads, fitting, train, examples);
            }
            Runnable tick = ticks("Fitting " + task.id(), (long) heads.heads() * heads.epochs());
            ensembles.put(task, fitting.fit(both, fitting.scaling(both), recipe.seed(), tick));
        }
        return ensembles;
    }

    private void crossValidate(Task task, HeadRecipe heads, HeadFitting fitting, List<Example> examples) {
        List<Rated> items = examples.stream().map(Example::rated).toList();
        int folds = recipe.folds().count();
        Function<Rated, String> groupOf = groupOf(items);
        if (items.size() < 2 * folds) {
            bar.println("Too few pictures rated for " + task.id() + " to cross-validate.");
            return;
        }
        Runnable tick = ticks("Cross-validating " + task.id(), (long) folds * heads.heads() * heads.epochs());
        List<double[]> predicted =
                fitting.crossValidate(examples, groupOf, folds, recipe.folds().seed(), tick);
        double[] fullSize = predicted.stream().mapToDouble(sizes -> sizes[0]).toArray();
        report(evaluator.evaluate(
                names(task) + ", " + folds + "-fold cross-validation of train and val", task, items, fullSize));
        for (int i = 0; i < recipe.reductions().size(); i++) {
            int size = i + 1;
            List<double[]> pairs = predicted.stream()
                    .filter(sizes -> sizes.length == recipe.reductions().size() + 1)
                    .map(sizes -> new double[] {sizes[0], sizes[size]})
                    .toList();
            if (!pairs.isEmpty()) {
                findings.sizes.add(Findings.SizeDeviation.of(
                        task.id() + ": as delivered, against short side "
                                + recipe.reductions().get(i) + " px",
                        pairs));
            }
        }
    }

    private void validate(
            Task task, HeadRecipe heads, HeadFitting fitting, List<Example> train, Map<Rated, Example> examples) {
        Runnable tick = ticks("Validating " + task.id(), (long) heads.heads() * heads.epochs());
        Ensemble ensemble = fitting.fit(train, fitting.scaling(train), recipe.seed(), tick);
        List<Rated> val = rated(task, TrainRequest.DataSet::val);
        double[] predicted = val.stream()
                .mapToDouble(item -> ensemble.scores(known(examples, item))[0])
                .toArray();
        report(evaluator.evaluate(names(task) + ", val, heads of train alone", task, val, predicted));
    }

    private void checkOrder(
            PictureFeatures pictures, List<Path> heldOut, @org.jspecify.annotations.Nullable Ensemble quality) {
        if (quality == null || heldOut.isEmpty()) {
            return;
        }
        findings.heldOutPictures = heldOut.size();
        Map<Path, Map<Distortion, double[]>> scores = new java.util.concurrent.ConcurrentHashMap<>();
        inParallel("Checking the order of damage", heldOut, file -> {
            Map<Distortion, double[]> ofFile = new EnumMap<>(Distortion.class);
            for (Distortion type : recipe.damage().types()) {
                ofFile.put(
                        type,
                        pictures.fullSizeChain(file, type, recipe.seed(), CHECKED_LEVELS).stream()
                                .mapToDouble(quality::score)
                                .toArray());
            }
            scores.put(file, ofFile);
        });
        for (Distortion type : recipe.damage().types()) {
            double right = 0;
            double strongest = 0;
            for (Map<Distortion, double[]> ofFile : scores.values()) {
                double[] s = ofFile.getOrDefault(type, new double[4]); // clean, then levels 1, 3, 5
                right += (s[0] > s[2] ? 1 : 0) + (s[0] > s[1] ? 1 : 0) + (s[1] > s[2] ? 1 : 0) + (s[2] > s[3] ? 1 : 0);
                strongest += s[0] > s[3] ? 1 : 0;
            }
            findings.orders.put(type, new Findings.Order(right / (4 * scores.size()), strongest / scores.size()));
        }
    }

    private Findings write(Map<Task, Ensemble> ensembles, Map<Rated, Example> examples) {
        Map<Task, List<Head>> heads = new EnumMap<>(Task.class);
        ensembles.forEach((task, ensemble) -> heads.put(task, ensemble.heads()));
        // one scaling serves all heads: both tasks' was fitted on the same rows
        Scaling scaling = ensembles.values().iterator().next().scaling();
        SmallModel model = new SmallModel(FeatureGraph.names(), scaling, Optional.empty(), heads);
        SmallPackage writer = new SmallPackage(request, model, evaluator, bar);
        try (ModelPackage written = writer.write(findings, ensembles, examples)) {
            bar.println(written.manifest().name() + " is in " + request.out().resolve(SmallPackage.DIRECTORY));
        }
        return findings;
    }

    private List<Path> cleanPhotographs() {
        List<Path> found = new ArrayList<>();
        if (request.clean().isEmpty()) {
            // nobody gave clean ones: the best rated are the nearest to clean there is
            return request.sets().stream()
                    .flatMap(set -> set.train().stream())
                    .sorted(Comparator.comparingDouble(Rated::mos).reversed().thenComparing(Rated::name))
                    .map(Rated::file)
                    .distinct()
                    .filter(file -> MediaTypes.isStill(MediaTypes.detect(file)))
                    .limit(recipe.damage().mostPictures())
                    .toList();
        }
        for (Path file : filesIn(request.clean())) {
            if (!recipe.damage().heldOut().contains(file.getFileName().toString())) {
                found.add(file);
            }
        }
        return found.subList(0, Math.min(found.size(), recipe.damage().mostPictures()));
    }

    private List<Path> heldOut() {
        return filesIn(request.clean()).stream()
                .filter(file ->
                        recipe.damage().heldOut().contains(file.getFileName().toString()))
                .toList();
    }

    private List<Path> filesIn(List<Path> directories) {
        Pattern exclude = Pattern.compile(
                recipe.damage().exclude() == null ? "(?!)" : recipe.damage().exclude());
        List<Path> files = new ArrayList<>();
        for (Path directory : directories) {
            try (Stream<Path> list = Files.list(directory)) {
                list.filter(Files::isRegularFile)
                        .filter(file -> file.getFileName()
                                .toString()
                                .toLowerCase(java.util.Locale.ROOT)
                                .matches(".*\\.(jpe?g|png|webp)"))
                        .filter(file ->
                                !exclude.matcher(file.getFileName().toString()).find())
                        .sorted()
                        .forEach(files::add);
            } catch (IOException e) {
                throw new ScoringException(ErrorReason.IO_FAILED, "cannot list " + directory + ": " + e, e);
            }
        }
        return files;
    }

    private List<Rated> rated(Task task, Function<TrainRequest.DataSet, List<Rated>> part) {
        return request.sets().stream()
                .flatMap(set -> part.apply(set).stream())
                .filter(item -> item.task() == task)
                .toList();
    }

    private List<Example> examplesInOrder(Map<Rated, Example> examples, Optional<Task> task, boolean withVal) {
        return request.sets().stream()
                .flatMap(
                        set -> withVal ? Stream.concat(set.train().stream(), set.val().stream()) : set.train().stream())
                .filter(item -> task.isEmpty() || item.task() == task.get())
                .map(item -> known(examples, item))
                .toList();
    }

    private static Example known(Map<Rated, Example> examples, Rated item) {
        return java.util.Objects.requireNonNull(examples.get(item), "every rated picture was read");
    }

    /** Pictures of one theme stay together, unless the names know fewer themes than folds can use. */
    private Function<Rated, String> groupOf(List<Rated> items) {
        long themes = items.stream().map(Folds::theme).distinct().count();
        boolean themed = themes >= 4L * recipe.folds().count() && themes < items.size();
        return themed ? Folds::theme : Rated::name;
    }

    private String names(Task task) {
        return String.join(
                " + ",
                request.sets().stream()
                        .filter(set -> set.train().stream().anyMatch(item -> item.task() == task))
                        .map(TrainRequest.DataSet::name)
                        .toList());
    }

    private void report(Evaluation evaluation) {
        findings.evaluations.add(evaluation);
        bar.println(ModelCard.line(evaluation));
    }

    private Runnable ticks(String step, long total) {
        AtomicInteger done = new AtomicInteger();
        return () -> bar.at(step, done.incrementAndGet(), total);
    }

    private <T> void inParallel(String step, List<T> items, java.util.function.Consumer<T> work) {
        ExecutorService executor = Executors.newFixedThreadPool(recipe.threads());
        try {
            AtomicInteger done = new AtomicInteger();
            List<Future<?>> futures = new ArrayList<>();
            bar.at(step, 0, items.size());
            for (T item : items) {
                futures.add(executor.submit(() -> {
                    work.accept(item);
                    bar.at(step, done.incrementAndGet(), items.size());
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ScoringException known) {
                throw known;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ScoringException(ErrorReason.CANCELLED, "training was interrupted", e);
        } finally {
            executor.shutdownNow();
        }
    }
}
