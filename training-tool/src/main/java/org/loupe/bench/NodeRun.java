package org.loupe.bench;

import java.util.List;

/**
 * One node of a graph in one run, as the engine's profile tells it.
 *
 * @param name path of the node; fused nodes have names of the engine's own
 * @param op operator
 * @param micros time it took, microseconds
 * @param inputs shapes, in the order of the inputs; an input left out has none, so the places of later ones move up
 * @param outputs shapes
 */
record NodeRun(String name, String op, long micros, List<long[]> inputs, List<long[]> outputs) {}
