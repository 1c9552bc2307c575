/**
 * Groups jobs for one engine: preprocessed frames and prompts enter, level logits leave through futures. Each device of the engine
 * has one owner thread, which makes its runs; all of them drain one queue. Counts frames and rows, not requests. Times are {@link System#nanoTime} values. Knows nothing of media, files or gRPC.
 */
@NullMarked
package org.loupe.batch;

import org.jspecify.annotations.NullMarked;
