/**
 * What a training run will take before it begins: parameters, memory and time, as figures with their reasons. Bytes are what the process
 * holds, not what is on disk; nothing here trains anything.
 */
@NullMarked
package org.loupe.training.plan;

import org.jspecify.annotations.NullMarked;
