/**
 * {@code ./loupe demo}: photographs and degraded copies of them go into a temporary folder, the folder adapter scores them as they
 * arrive, and a table shows whether the sound photograph won. Writes nowhere else.
 */
@NullMarked
package org.loupe.adapter.folder.demo;

import org.jspecify.annotations.NullMarked;
