/**
 * How a package describes its settings: one record a package, with default, range, unit and reason in one place. Holds the annotations
 * only; reading files and environment is the server's business.
 */
@NullMarked
package org.loupe.settings;

import org.jspecify.annotations.NullMarked;
