/**
 * What a graph may run on and what this machine has: names of devices enter and leave as text such as {@code cuda:0}, findings about the
 * machine as plain records. Sizes are bytes. Looks at files, runs {@code nvidia-smi} and opens libraries by name; knows nothing of ONNX
 * Runtime, models or requests.
 */
@NullMarked
package org.loupe.device;

import org.jspecify.annotations.NullMarked;
