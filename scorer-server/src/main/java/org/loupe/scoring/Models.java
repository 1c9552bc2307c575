package org.loupe.scoring;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.loupe.batch.ScoreQueue;
import org.loupe.batch.ScoreQueueFactory;
import org.loupe.engine.Engine;
import org.loupe.engine.EngineFactory;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** The models that answer, loaded at start. Owns their packages, engines and queues. Safe for use by many threads. */
public final class Models implements AutoCloseable {
    private final List<LoadedModel> loaded = new ArrayList<>();
    private final CloseStack resources = new CloseStack();

    /** @throws ScoringException if one of the configured models cannot be found or loaded; nothing stays open then */
    Models(ModelConfig config, ModelResolver resolver, EngineFactory engines, ScoreQueueFactory queues) {
        Set<String> references = new LinkedHashSet<>();
        references.add(config.defaultModel());
        references.addAll(config.also());
        try {
            for (String reference : references) {
                load(resolver.open(reference), engines, queues);
            }
        } catch (RuntimeException e) {
            resources.close();
            throw e;
        }
        loaded.subList(1, loaded.size())
                .sort(Comparator.comparing(
                                (LoadedModel model) -> model.manifest().name())
                        .thenComparing(model -> model.manifest().version()));
    }

    private void load(ModelPackage model, EngineFactory engines, ScoreQueueFactory queues) {
        resources.push(model);
        Preprocessor preprocessor = Preprocessors.of(model.manifest().input());
        Engine engine = resources.push(engines.open(model));
        ScoreQueue queue = resources.push(queues.over(engine));
        loaded.add(new LoadedModel(model.manifest(), preprocessor, queue));
    }

    /** @return every model, the default first, then by name and version */
    public List<LoadedModel> all() {
        return List.copyOf(loaded);
    }

    /** @return the model for requests that name none */
    public LoadedModel standard() {
        return loaded.get(0);
    }

    /**
     * @param name {@code name}, {@code name/version}, or empty for the default
     * @throws ScoringException MODEL_NOT_FOUND saying which there are
     */
    public LoadedModel find(String name) {
        if (name.isEmpty()) {
            return standard();
        }
        return loaded.stream()
                .filter(model -> model.ref().toString().equals(name)
                        || model.manifest().name().equals(name))
                .reduce((older, newer) -> newer)
                .orElseThrow(() -> new ScoringException(
                        ErrorReason.MODEL_NOT_FOUND,
                        "no model '" + name + "' is loaded; loaded are "
                                + String.join(
                                        ", ",
                                        loaded.stream()
                                                .map(model -> model.ref().toString())
                                                .toList())));
    }

    /** Drains the queues and frees engines and packages; idempotent. */
    @Override
    public void close() {
        resources.close();
    }
}
