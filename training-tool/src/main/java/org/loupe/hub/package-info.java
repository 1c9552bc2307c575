/**
 * Fetches checkpoints from a hub that speaks Hugging Face's protocol: a repository's name enters, a folder with the files of one commit
 * leaves, every byte checked against the hub's digests. Sizes and offsets are bytes. Everything that goes over the network is retried a
 * bounded number of times; what was fetched stays on disk, so that an interrupted download continues. Knows nothing of what is in the
 * files.
 */
@NullMarked
package org.loupe.hub;

import org.jspecify.annotations.NullMarked;
