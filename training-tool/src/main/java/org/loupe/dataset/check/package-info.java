/**
 * Looks for what spoils a training or its figures before either is made: labels outside their scale or against its direction, pictures
 * that are missing or cannot be decoded, copies of one picture on both sides of a split. Enter: label sources and splits; leave: findings
 * with severity, rows and a suggested fix. Media are decoded by the server's decoder; ratings are on the 1..5 scale unless a name says
 * otherwise. Changes nothing but writes, when asked, a corrected copy of labels and splits.
 */
@NullMarked
package org.loupe.dataset.check;

import org.jspecify.annotations.NullMarked;
