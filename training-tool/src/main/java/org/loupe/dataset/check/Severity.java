package org.loupe.dataset.check;

/** How bad a finding is. */
enum Severity {
    /** Training fails, or its figures would be wrong. */
    ERROR,
    /** Worth a look: the result suffers, or may. */
    WARNING,
    /** Good to know. */
    NOTE
}
