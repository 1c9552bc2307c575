package org.loupe.scoring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.loupe.modelpackage.AdapterStore;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.score.ErrorReason;
import org.loupe.score.ModelRef;
import org.loupe.score.ScoringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a server holds before anybody has told it anything: what it held when it stopped, or what is configured. For one thread. */
final class FirstModels {
    private static final Logger LOG = LoggerFactory.getLogger(FirstModels.class);

    private final ModelTable table;
    private final ModelResolver resolver;
    private final AdapterStore adapters;
    private final ModelLoader loader;

    FirstModels(ModelTable table, ModelResolver resolver, AdapterStore adapters, ModelLoader loader) {
        this.table = table;
        this.resolver = resolver;
        this.adapters = adapters;
        this.loader = loader;
    }

    /**
     * Fills the table. What was remembered and cannot be opened any more is told about in the log and left out; if the default is among it,
     * the configured models come back.
     *
     * @throws ScoringException if one of the configured models cannot be found or loaded
     */
    void open(ModelConfig config, RememberedModels remembered) {
        remembered.read().ifPresent(this::openRemembered);
        if (!table.now().aliases().containsKey(Catalogue.DEFAULT)) {
            openConfigured(config);
        }
    }

    private void openConfigured(ModelConfig config) {
        Set<String> references = new LinkedHashSet<>();
        references.add(config.defaultModel());
        references.addAll(config.also());
        for (String reference : references) {
            ModelSource source = new ModelSource(reference, true);
            // not warmed: whoever scores one photo in this process would wait for three
            Resident opened = loader.open(source, source.open(resolver), false);
            Resident same = table.now().ready().get(opened.key());
            if (same != null) {
                opened.close();
                requireSame(same, opened.model().ref());
            } else {
                table.change(names -> names.with(opened));
            }
            if (!table.now().aliases().containsKey(Catalogue.DEFAULT)) {
                table.change(names -> names.withAlias(Catalogue.DEFAULT, opened.key()));
            }
        }
        config.adapters().forEach(this::openAdapter);
    }

    /** @param adapter its reference, or {@code reference@model} */
    private void openAdapter(String adapter) {
        int at = Files.exists(Path.of(adapter)) ? -1 : adapter.lastIndexOf('@'); // directories may have such a name
        String reference = at < 0 ? adapter : adapter.substring(0, at);
        table.now().find(at < 0 ? "" : adapter.substring(at + 1)).add(reference, true, adapters.open(reference, true));
    }

    private void openRemembered(RememberedModels.State state) {
        for (RememberedModels.Model model : state.models()) {
            try {
                ModelSource source = new ModelSource(model.paths() ? model.reference() : model.name(), model.paths());
                Resident opened = loader.open(source, source.open(resolver), false);
                table.change(names -> names.with(opened));
                model.adapters().forEach(adapter -> openAdapter(opened, adapter));
            } catch (RuntimeException e) {
                LOG.warn("model {} was loaded before and cannot be opened any more", model.name(), e);
            }
        }
        state.aliases().forEach((alias, key) -> {
            if (table.now().ready().containsKey(key)) {
                table.change(names -> names.withAlias(alias, key));
            } else {
                LOG.warn("alias {} pointed to {}, which is not there any more", alias, key);
            }
        });
    }

    private void openAdapter(Resident model, RememberedModels.Adapter adapter) {
        try {
            model.add(adapter.reference(), adapter.paths(), adapters.open(adapter.reference(), adapter.paths()));
        } catch (RuntimeException e) {
            LOG.warn("adapter {} was loaded on {} and cannot be opened any more", adapter, model, e);
        }
    }

    /** @throws ScoringException MODEL_IN_USE if the loaded one is another package of that name and version */
    static void requireSame(Resident loaded, ModelRef ref) {
        if (!loaded.model().ref().equals(ref)) {
            throw new ScoringException(
                    ErrorReason.MODEL_IN_USE,
                    "another package is loaded as " + ref + " (digest "
                            + loaded.model().ref().digest()
                            + "); give the new one another version, or load it with replace");
        }
    }
}
