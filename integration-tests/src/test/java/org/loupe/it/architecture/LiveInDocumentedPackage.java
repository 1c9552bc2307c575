package org.loupe.it.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

/** Satisfied by classes whose package has a {@code package-info} that is {@link NullMarked}. */
final class LiveInDocumentedPackage extends ArchCondition<JavaClass> {
    LiveInDocumentedPackage() {
        super("live in a package with a null-marked package-info");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        boolean documented = type.getPackage().isAnnotatedWith(NullMarked.class);
        events.add(new SimpleConditionEvent(
                type, documented, type.getName() + (documented ? " lives" : " does not live") + " in such a package"));
    }
}
