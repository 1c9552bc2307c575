package org.loupe.report;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.loupe.evaluation.Interval;

/**
 * What an experiment found, ready to be told.
 *
 * @param title of the page
 * @param question what was to be found out, and how
 * @param tables one a data set
 * @param facts everything needed to do it again, in the order in which it should be read
 */
public record Study(String title, String question, List<Table> tables, Map<String, String> facts) {
    public Study {
        tables = List.copyOf(tables);
    }

    /**
     * @param title the data set
     * @param note what to know of it
     * @param rows what was compared, in the order of the recipe
     */
    public record Table(String title, String note, List<Row> rows) {
        public Table {
            rows = List.copyOf(rows);
        }
    }

    /**
     * @param name what was measured
     * @param detail how much it learned from, or whatever else tells it apart
     * @param srcc Spearman's rank correlation with people
     * @param plcc Pearson's, raw
     * @param rmse root mean squared error on the scale from 1 to 5; null where the two sides have no common scale
     * @param versus what it was held against; null for what others are held against
     */
    public record Row(
            String name,
            String detail,
            Figure srcc,
            Figure plcc,
            @Nullable Figure rmse,
            @Nullable Versus versus) {}

    /**
     * @param value mean over the seeds
     * @param ci95 over draws of the pictures, each the mean over the seeds
     * @param seedDeviation standard deviation from seed to seed; NaN for a single seed
     */
    public record Figure(double value, Interval ci95, double seedDeviation) {}

    /**
     * @param other the name of the row, or of the publication
     * @param srcc this less other
     * @param ci95 paired, over draws of the pictures; ends are NaN where the other's pictures are not at hand
     * @param plcc this less other
     */
    public record Versus(String other, double srcc, Interval ci95, double plcc) {
        /** @return whether the interval leaves no doubt about the direction */
        public boolean certain() {
            return ci95.low() > 0 || ci95.high() < 0;
        }
    }
}
