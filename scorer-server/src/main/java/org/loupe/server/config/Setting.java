package org.loupe.server.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.loupe.settings.ConfigPrefix;
import org.loupe.settings.Doc;

/**
 * One key.
 *
 * @param key for instance {@code batching.max-batch-frames}
 * @param doc what it does
 * @param component where its value goes
 * @param standard its default
 */
record Setting(String key, String doc, RecordComponent component, Object standard) {
    /** @return every key of a section, in the order of its components */
    static List<Setting> of(Record defaults) {
        ConfigPrefix prefix = defaults.getClass().getAnnotation(ConfigPrefix.class);
        if (prefix == null) {
            throw new IllegalStateException(defaults.getClass() + " has no @ConfigPrefix");
        }
        List<Setting> settings = new ArrayList<>();
        for (RecordComponent component : defaults.getClass().getRecordComponents()) {
            Doc doc = component.getAnnotation(Doc.class);
            if (doc == null) {
                throw new IllegalStateException(defaults.getClass() + "." + component.getName() + " has no @Doc");
            }
            String last = doc.key().isEmpty() ? dashed(component.getName()) : doc.key();
            settings.add(new Setting(prefix.value() + "." + last, doc.value(), component, value(component, defaults)));
        }
        return settings;
    }

    /** @return the environment variable that sets it, {@code LOUPE_BATCHING_MAX_BATCH_FRAMES} */
    String variable() {
        return "LOUPE_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private static String dashed(String camel) {
        return camel.replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }

    private static Object value(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a config record is public: " + record.getClass(), e);
        }
    }
}
