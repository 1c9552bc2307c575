/**
 * What is said to OneAlign while it learns: the reference's conversations as text, as token ids and as labels. Ids are those of LLaMA's
 * vocabulary; only the words that the conversations need are known here, as the vocabulary itself is not ours to ship.
 */
@NullMarked
package org.loupe.training.onealign.text;

import org.jspecify.annotations.NullMarked;
