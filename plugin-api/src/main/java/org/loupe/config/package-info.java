/** How configuration records say everything that is wrong with them at once. Knows no keys, files or frameworks. */
@NullMarked
package org.loupe.config;

import org.jspecify.annotations.NullMarked;
