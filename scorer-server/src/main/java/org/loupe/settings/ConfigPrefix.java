package org.loupe.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The first part of the keys of a config record. Component {@code maxBatchSize} of a record with prefix {@code batching} has the key
 * {@code batching.max-batch-size}. The record has a public constant {@code DEFAULT} holding its defaults.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ConfigPrefix {
    /** @return lower-case words joined by dashes */
    String value();
}
