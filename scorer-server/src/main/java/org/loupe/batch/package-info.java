/**
 * Groups jobs for one engine: preprocessed frames and prompts enter, level logits leave through futures. One owner thread a queue makes
 * all runs. Counts frames and rows, not requests. Times are {@link System#nanoTime} values. Knows nothing of media, files or gRPC.
 */
@NullMarked
package org.loupe.batch;

import org.jspecify.annotations.NullMarked;
