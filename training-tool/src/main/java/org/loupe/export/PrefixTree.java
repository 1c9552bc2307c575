package org.loupe.export;

import java.util.ArrayList;
import java.util.List;

/**
 * The tokens before the image of all prompts as a tree: prompts begin alike, and a token sees only those before it, so what they share is
 * computed once.
 */
final class PrefixTree {
    private final List<Node> nodes = new ArrayList<>();
    private final int[][] paths;

    /**
     * @param parent the node before, -1 for the first token of a text
     * @param depth tokens before
     */
    record Node(int id, int parent, int depth) {}

    PrefixTree(List<int[]> prefixes) {
        paths = new int[prefixes.size()][];
        for (int p = 0; p < paths.length; p++) {
            int[] ids = prefixes.get(p);
            paths[p] = new int[ids.length];
            int parent = -1;
            for (int t = 0; t < ids.length; t++) {
                Node wanted = new Node(ids[t], parent, t);
                int found = nodes.indexOf(wanted);
                if (found < 0) {
                    found = nodes.size();
                    nodes.add(wanted);
                }
                paths[p][t] = found;
                parent = found;
            }
        }
    }

    /** @return different tokens in different places */
    int size() {
        return nodes.size();
    }

    Node node(int index) {
        return nodes.get(index);
    }

    int prompts() {
        return paths.length;
    }

    /** @return the nodes of a prompt's tokens, in order */
    int[] path(int prompt) {
        return paths[prompt].clone();
    }

    /** @return a node and those before it, from the first one on */
    int[] upTo(int index) {
        int[] path = new int[nodes.get(index).depth() + 1];
        int node = index;
        for (int i = path.length - 1; i >= 0; i--) {
            path[i] = node;
            node = nodes.get(node).parent();
        }
        return path;
    }

    /** @return tokens of the longest prompt */
    int length() {
        int longest = 0;
        for (int[] path : paths) {
            longest = Math.max(longest, path.length);
        }
        return longest;
    }
}
