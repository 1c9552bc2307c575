/**
 * What a training run or an evaluation found, as one HTML page that needs nothing but a browser. Enter: predictions beside ratings (1..5),
 * the run's log and its manifest; leaves: a file without network access and without scripts from elsewhere, readable without any script.
 * Charts are SVG drawn here. Everything that came from a data set (file names above all) is escaped by {@link org.loupe.report.Markup},
 * the only class that writes markup. Knows nothing of training.
 */
@NullMarked
package org.loupe.report;

import org.jspecify.annotations.NullMarked;
