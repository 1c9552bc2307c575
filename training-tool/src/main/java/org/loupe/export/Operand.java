package org.loupe.export;

import java.util.List;
import java.util.function.BinaryOperator;

/**
 * Rows {@code [row, feature]} as products take them: a value and, where there is one, a scale a row.
 *
 * @param value of the type that products of the precision take
 * @param scale {@code float32[row, 1]}, or empty for 1; the rows meant are {@code value * scale}
 * @param exact the same rows in the activation type
 */
record Operand(String value, String scale, Exact exact) {
    static Operand plain(String value) {
        return new Operand(value, "", new Exact(List.of(value), ""));
    }

    /**
     * Rows of the activation type, joined only by who needs them joined.
     *
     * @param parts one value, or two whose rows follow each other sequence by sequence
     * @param batch {@code int64[1]}, the number of sequences; empty for one part
     */
    record Exact(List<String> parts, String batch) {
        /**
         * Does the same to each part.
         *
         * @param path where new nodes go
         * @param features of a row of the results
         * @param work from a path for its nodes and the rows of a part to new rows
         * @return the new rows, joined
         */
        String each(GraphBuilder graph, String path, long features, BinaryOperator<String> work) {
            if (parts.size() == 1) {
                return work.apply(path, parts.get(0));
            }
            return FloatProducts.join(
                    graph,
                    path,
                    work.apply(path + "/first", parts.get(0)),
                    work.apply(path + "/second", parts.get(1)),
                    batch,
                    features);
        }
    }
}
