/**
 * One medium to its scores, in this process: admit, decode, preprocess, queue, combine. Media enter as bytes or files, {@code
 * ScoredMedia} leaves. Results are remembered by content, so the same bytes get the same score. Knows nothing of networks and commands.
 */
@NullMarked
package org.loupe.scoring;

import org.jspecify.annotations.NullMarked;
