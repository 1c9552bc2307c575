package org.loupe.training;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.loupe.evaluation.Agreement;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.Interval;
import org.loupe.evaluation.Intervals;
import org.loupe.score.Task;

/** The model card: the recipe's own words, then every figure of the run. */
final class ModelCard {
    private ModelCard() {}

    static String of(TrainRequest request, Findings findings) {
        Recipe recipe = request.recipe().recipe();
        StringBuilder card = new StringBuilder();
        card.append("# ")
                .append(recipe.name())
                .append(' ')
                .append(recipe.version())
                .append("\n\n");
        card.append(recipe.card().strip()).append("\n\n");
        card.append("## Trained on\n\n| set | ");
        card.append(request.tasks().stream().map(Task::id).collect(Collectors.joining(" | ")))
                .append(" |\n|---|")
                .append("---|".repeat(request.tasks().size()))
                .append('\n');
        for (TrainRequest.DataSet set : request.sets()) {
            card.append("| ").append(set.name());
            for (Task task : request.tasks()) {
                card.append(" | ").append(counts(set, task));
            }
            card.append(" |\n");
        }
        boolean divided = request.sets().stream().anyMatch(set -> !set.val().isEmpty());
        card.append("\nThe heads in this package were fitted on ")
                .append(divided ? "train and val together" : "all of them")
                .append(", after the recipe was fixed. Command:\n\n    ")
                .append(request.command())
                .append("\n\nSeed ")
                .append(recipe.seed())
                .append("; folds: ")
                .append(recipe.folds().count())
                .append(", seed ")
                .append(recipe.folds().seed())
                .append("; ")
                .append(request.tasks().stream()
                        .map(task -> task.id() + " by " + answering(recipe, task))
                        .collect(Collectors.joining(", ")))
                .append(recipe.folds().fixed() == null ? "" : "; where a division is fixed, its folds")
                .append(". Digests of the label files are in `model.json`.\n\n");
        card.append("## Agreement with people\n\n");
        card.append("SRCC and PLCC (raw), with 95 % bootstrap intervals over pictures (")
                .append(Intervals.RESAMPLES)
                .append(" resamples); RMSE on the 1..5 scale.\n\n");
        card.append("| measured on | task | n | SRCC | PLCC | RMSE |\n|---|---|---|---|---|---|\n");
        for (Evaluation e : findings.evaluations) {
            card.append(row(e.dataset(), e.task().id(), e.whole(), e.ci95()));
            e.groups()
                    .forEach(group ->
                            card.append(row("&nbsp; within " + group.name(), "", group.figures(), group.ci95())));
        }
        spans(card, findings);
        order(card, findings);
        sizes(card, findings);
        card.append(
                        "\n## Check of the export\n\nScored through the serving code, from file to score, the package differs from the trainer by at most ")
                .append(String.format(Locale.ROOT, "%.1e", findings.parity))
                .append(" of a level (allowed: ")
                .append(String.format(Locale.ROOT, "%.0e", SmallPackage.PARITY))
                .append(").\n");
        return card.toString();
    }

    private static String answering(Recipe recipe, Task task) {
        return recipe.score(task).isPresent()
                ? "a kernel machine on the rated pictures"
                : recipe.heads(task).heads() + " heads";
    }

    /** One evaluation for the terminal. */
    static String line(Evaluation e) {
        return String.format(
                Locale.ROOT,
                "%s, %s: n %d, SRCC %s, PLCC %s, RMSE %.3f%s",
                e.task().id(),
                e.dataset(),
                e.whole().n(),
                cell(e.whole().srcc(), e.ci95().srcc().low(), e.ci95().srcc().high()),
                cell(e.whole().plcc(), e.ci95().plcc().low(), e.ci95().plcc().high()),
                e.whole().rmse(),
                e.groups().stream()
                        .map(g -> String.format(
                                Locale.ROOT, "; %s %.3f", g.name(), g.figures().srcc()))
                        .collect(Collectors.joining()));
    }

    private static String counts(TrainRequest.DataSet set, Task task) {
        return set.val().isEmpty()
                ? Long.toString(count(set.train(), task))
                : count(set.train(), task) + " train, " + count(set.val(), task) + " val";
    }

    private static long count(List<org.loupe.training.data.Rated> items, Task task) {
        return items.stream().filter(item -> item.task() == task).count();
    }

    private static String row(String name, String task, Agreement a, Intervals ci) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %d | %s | %s | %.3f |%n",
                name,
                task,
                a.n(),
                cell(a.srcc(), ci.srcc().low(), ci.srcc().high()),
                cell(a.plcc(), ci.plcc().low(), ci.plcc().high()),
                a.rmse());
    }

    private static String cell(double value, double low, double high) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", value, low, high);
    }

    private static void order(StringBuilder card, Findings findings) {
        if (findings.orders.isEmpty()) {
            return;
        }
        Findings.Order all = findings.overall();
        Interval interval = findings.orderInterval();
        card.append(String.format(
                Locale.ROOT,
                "%n## Order of damage%n%n%d clean photographs that training never saw, each damaged at levels 1, 3 and 5. Of the pairs clean > 3,"
                        + " clean > 1, 1 > 3, 3 > 5, **%.1f %%** [%.1f, %.1f] are ordered right; the strongest level lies below clean in **%.1f %%**.%n%n"
                        + "| damage | pairs ordered right | strongest below clean |%n|---|---|---|%n",
                findings.orderOfPictures.length,
                100 * all.share(),
                100 * interval.low(),
                100 * interval.high(),
                100 * all.strongest()));
        findings.orders.forEach((type, order) -> card.append(String.format(
                Locale.ROOT,
                "| %s | %.1f %% | %.1f %% |%n",
                type.name().toLowerCase(Locale.ROOT),
                100 * order.share(),
                100 * order.strongest())));
    }

    private static void spans(StringBuilder card, Findings findings) {
        if (findings.spans.isEmpty()) {
            return;
        }
        card.append("""

                ## Use of the scale

                Percentiles of ratings and of the scores that cross-validation gives the same pictures, 1..5.

                | | 1 | 5 | 25 | 50 | 75 | 95 | 99 |
                |---|---|---|---|---|---|---|---|
                """);
        for (Findings.Span span : findings.spans) {
            card.append("| ").append(span.what()).append(", ratings").append(percentiles(span.rated()));
            card.append("| ").append(span.what()).append(", scores").append(percentiles(span.scored()));
        }
    }

    private static String percentiles(double[] values) {
        return Arrays.stream(values)
                .mapToObj(value -> String.format(Locale.ROOT, "%.2f", value))
                .collect(Collectors.joining(" | ", " | ", " |\n"));
    }

    private static void sizes(StringBuilder card, Findings findings) {
        if (findings.sizes.isEmpty()) {
            return;
        }
        card.append("""

                ## One photograph, several sizes

                How far the score moves, in levels (1..5). Rows of rated pictures come from cross-validation.

                | sizes | n | mean deviation | 95th percentile | bias of the smaller |
                |---|---|---|---|---|
                """);
        findings.sizes.forEach(s -> card.append(String.format(
                Locale.ROOT, "| %s | %d | %.3f | %.3f | %+.3f |%n", s.what(), s.n(), s.mean(), s.p95(), s.bias())));
    }
}
