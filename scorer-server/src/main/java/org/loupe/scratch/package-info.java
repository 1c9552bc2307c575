/**
 * Temporary directories that only their process may read and that do not outlive it for long: removed when closed, at the latest when
 * the process ends, and swept by the next process where one was killed. Knows nothing of what lies in them.
 */
@NullMarked
package org.loupe.scratch;

import org.jspecify.annotations.NullMarked;
