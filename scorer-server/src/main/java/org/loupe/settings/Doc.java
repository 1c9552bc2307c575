package org.loupe.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a setting does, its range and unit, in the operator's words; printed beside its default by {@code ./loupe serve --print-config}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Doc {
    /** @return one sentence without a full stop */
    String value();

    /** @return the key's last part where the component's name would not do; by default the name in lower case with dashes */
    String key() default "";
}
