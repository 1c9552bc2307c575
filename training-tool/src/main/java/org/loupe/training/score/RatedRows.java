package org.loupe.training.score;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.loupe.export.small.SmallModel.Scaling;
import org.loupe.training.data.Rated;
import org.loupe.training.head.Example;

/**
 * Rated pictures as kernel machines see them, all inputs scaled.
 *
 * @param told each picture at full size, of a clip the mean of what its frames show
 * @param sizes other sizes of stills
 * @param sizeOf the picture of each of those
 */
record RatedRows(KernelMachine.Told told, List<float[]> sizes, int[] sizeOf) {
    static RatedRows of(List<Example> examples, Scaling scaling, Function<Rated, String> collection) {
        List<float[]> inputs = new ArrayList<>();
        List<float[]> sizes = new ArrayList<>();
        List<Integer> sizeOf = new ArrayList<>();
        for (Example example : examples) {
            float[] input = scaling.apply(example.rows().get(0));
            for (int r = 1; r < example.rows().size(); r++) {
                float[] row = scaling.apply(example.rows().get(r));
                if (example.clip()) {
                    for (int c = 0; c < row.length; c++) {
                        input[c] += (row[c] - input[c]) / (r + 1);
                    }
                } else {
                    sizes.add(row);
                    sizeOf.add(inputs.size());
                }
            }
            inputs.add(input);
        }
        List<String> collections = examples.stream()
                .map(example -> collection.apply(example.rated()))
                .toList();
        List<String> distinct = collections.stream().distinct().sorted().toList();
        return new RatedRows(
                new KernelMachine.Told(
                        inputs,
                        examples.stream().mapToDouble(e -> e.rated().mos()).toArray(),
                        examples.stream().mapToDouble(Example::weight).toArray(),
                        collections.stream().mapToInt(distinct::indexOf).toArray()),
                sizes,
                sizeOf.stream().mapToInt(Integer::intValue).toArray());
    }

    List<float[]> full() {
        return told.inputs();
    }
}
