/** Claims about the small model's graph, checked against plain Java. */
@NullMarked
package org.loupe.export.small;

import org.jspecify.annotations.NullMarked;
