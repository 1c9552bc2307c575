/**
 * Label files of published data sets, as their authors give them away, to our labels and splits. Enter: the folder a set was unpacked to;
 * leave: {@code labels.csv}, {@code splits.csv} where the set carries an official division, and what a reader must know about direction and
 * scale. Pictures are neither copied nor opened; nothing is downloaded.
 */
@NullMarked
package org.loupe.dataset.convert;

import org.jspecify.annotations.NullMarked;
