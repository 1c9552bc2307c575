package org.loupe.report;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.loupe.evaluation.Agreement;
import org.loupe.evaluation.Calibration;
import org.loupe.evaluation.Evaluation;
import org.loupe.evaluation.HumanAgreement;
import org.loupe.evaluation.Interval;
import org.loupe.evaluation.Intervals;
import org.loupe.evaluation.LevelConfusion;
import org.loupe.score.Level;

/** One task: verdict, figures, charts, and below them its {@link CaseSection}. */
final class TaskSection {
    private final Markup out;
    private final Thumbnails thumbnails;

    TaskSection(Markup out, Thumbnails thumbnails) {
        this.out = out;
        this.thumbnails = thumbnails;
    }

    void write(Finding finding, Cases cases, Evaluation.@Nullable Versus versus) {
        Evaluation evaluation = finding.evaluation();
        String id = finding.task().id();
        out.open("section", "id", id, "aria-labelledby", id + "-title");
        out.open("p", "class", "kicker")
                .text((evaluation.dataset().isEmpty() ? "" : evaluation.dataset() + " · ") + finding.part() + " · "
                        + Words.pictures(finding.items().size()))
                .close();
        out.element("h2", title(id), "id", id + "-title");
        verdict(new Verdict(finding));
        out.open("div", "class", "pair wide-left");
        scatter(finding);
        out.open("div", "class", "figures");
        figures(evaluation);
        groups(evaluation);
        HumanAgreement humans = evaluation.humans();
        if (humans != null) {
            humans(humans);
        }
        if (versus != null) {
            versus(versus);
        }
        out.close().close();
        out.open("div", "class", "pair");
        confusion(evaluation.confusion());
        calibration(evaluation.calibration());
        out.close();
        new CaseSection(out, thumbnails).write(cases);
        out.close();
    }

    static String title(String word) {
        return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }

    private void verdict(Verdict verdict) {
        out.element("p", verdict.headline(), "class", "verdict");
        out.element("p", verdict.explanation(), "class", "lead");
        List<String> cautions = verdict.cautions();
        if (!cautions.isEmpty()) {
            out.open("div", "class", "cautions").element("h3", "Before you rely on it");
            out.open("ul");
            cautions.forEach(caution -> out.element("li", caution));
            out.close().close();
        }
    }

    private void scatter(Finding finding) {
        Agreement whole = finding.evaluation().whole();
        out.open("figure", "class", "card");
        out.element("h3", "Every picture");
        out.add(ScatterChart.draw(
                finding.items(),
                thumbnails,
                "Scatter of the model’s score against people’s rating for " + Words.pictures(whole.n())
                        + ". Rank correlation " + Words.number(whole.srcc(), 2) + ", root mean squared error "
                        + Words.number(whole.rmse(), 2) + ". The pictures farthest off are listed below."));
        int drawn = ScatterChart.drawn(finding.items()).size();
        String left = drawn < finding.items().size()
                ? " " + Words.count(drawn) + " of "
                        + Words.pictures(finding.items().size()) + " are drawn, evenly chosen."
                : "";
        out.element(
                "figcaption",
                "One point a picture. On the line model and people agree; above it the model is kinder, below it harsher."
                        + left);
        out.close();
    }

    private void figures(Evaluation evaluation) {
        Agreement a = evaluation.whole();
        Intervals ci = evaluation.ci95();
        out.open("div", "class", "card").element("h3", "Agreement with people");
        out.open("table", "class", "agreement");
        out.open("thead").open("tr");
        out.element("th", "Figure", "scope", "col");
        out.element("th", "Value", "scope", "col", "class", "n");
        out.element("th", "95 % interval", "scope", "col");
        out.close().close().open("tbody");
        figure("SRCC", "order", a.srcc(), ci.srcc(), 0, 1);
        figure("PLCC", "straight line", a.plcc(), ci.plcc(), 0, 1);
        figure("KRCC", "pairs", a.krcc(), ci.krcc(), 0, 1);
        figure("RMSE", "error, 1–5; less is better", a.rmse(), ci.rmse(), 0, 1.5);
        out.close().close();
        if (Double.isFinite(a.plccLogistic())) {
            out.element(
                    "p",
                    "After the four-parameter logistic fit that publications use: PLCC "
                            + Words.number(a.plccLogistic(), 3) + ", RMSE " + Words.number(a.rmseLogistic(), 3) + ".",
                    "class",
                    "note");
        }
        out.close();
    }

    private void figure(String name, String meaning, double value, Interval ci95, double low, double high) {
        out.open("tr");
        out.open("th", "scope", "row").text(name).element("small", meaning).close();
        out.element("td", Words.number(value, 3), "class", "n");
        out.open("td").add(IntervalBar.draw(value, ci95, low, high));
        out.element("small", Words.interval(ci95, 3)).close();
        out.close();
    }

    private void groups(Evaluation evaluation) {
        if (evaluation.groups().isEmpty()) {
            return;
        }
        out.open("div", "class", "card").element("h3", "Within each collection");
        out.open("table", "class", "agreement").open("thead").open("tr");
        out.element("th", "Collection", "scope", "col");
        out.element("th", "SRCC", "scope", "col", "class", "n");
        out.element("th", "95 % interval", "scope", "col");
        out.close().close().open("tbody");
        for (Evaluation.Group group : evaluation.groups()) {
            out.open("tr").open("th", "scope", "row").element("bdi", group.name());
            out.element("small", Words.pictures(group.figures().n())).close();
            out.element("td", Words.number(group.figures().srcc(), 3), "class", "n");
            Interval ci95 = group.ci95().srcc();
            out.open("td").add(IntervalBar.draw(group.figures().srcc(), ci95, 0, 1));
            out.element("small", Words.interval(ci95, 3)).close().close();
        }
        out.close().close().close();
    }

    private void humans(HumanAgreement humans) {
        double share = humans.above();
        out.open("div", "class", "card").element("h3", "Beside one person");
        out.element(
                "p",
                "Held against the mean of everybody else, a single person reaches SRCC "
                        + Words.number(humans.humanSrcc().value(), 2) + " ("
                        + Words.interval(humans.humanSrcc().ci95(), 2) + "), the model "
                        + Words.number(humans.modelSrcc().value(), 2) + " ("
                        + Words.interval(humans.modelSrcc().ci95(), 2)
                        + "). It orders these pictures better than the person in "
                        + Math.round(100 * share) + " of 100 draws.");
        out.element(
                "p",
                "A person is one vote drawn for each of " + Words.pictures(humans.n())
                        + " from its histogram; who cast which vote is not known.",
                "class",
                "note");
        out.close();
    }

    private void versus(Evaluation.Versus versus) {
        var srcc = versus.differences().srcc();
        boolean real = srcc.ci95().low() > 0 || srcc.ci95().high() < 0;
        out.open("div", "class", "card").element("h3", "Against another model");
        out.open("p").element("bdi", versus.other());
        out.text(
                real
                        ? srcc.value() > 0 ? " orders these pictures better" : " orders these pictures less well"
                        : " and this model cannot be told apart on these pictures");
        out.text(": SRCC " + Words.signed(srcc.value(), 3) + " (paired 95 % interval "
                + Words.signed(srcc.ci95().low(), 3) + " to "
                + Words.signed(srcc.ci95().high(), 3) + ", p "
                + Words.number(srcc.p(), 3) + ").");
        out.close().close();
    }

    private void confusion(LevelConfusion confusion) {
        out.open("figure", "class", "card").element("h3", "Level by level");
        StringBuilder description = new StringBuilder("Heat map of levels. ");
        for (int level = 0; level < confusion.counts().length; level++) {
            int all = java.util.Arrays.stream(confusion.counts()[level]).sum();
            description
                    .append("Of ")
                    .append(Words.pictures(all))
                    .append(" rated ")
                    .append(Level.ofRank(level).id())
                    .append(", ")
                    .append(confusion.counts()[level][level])
                    .append(" were judged the same. ");
        }
        out.add(ConfusionChart.draw(confusion, description.toString().strip()));
        out.element(
                "figcaption",
                "Each row: where the model puts the pictures of that level. Right level: "
                        + Words.percent(confusion.accuracy()) + "; right or the one beside it: "
                        + Words.percent(confusion.adjacentAccuracy()) + ".");
        out.close();
    }

    private void calibration(@Nullable Calibration calibration) {
        out.open("figure", "class", "card").element("h3", "Do its probabilities mean what they say?");
        if (calibration == null) {
            out.element(
                    "p",
                    "Not measured: that needs the probabilities of the five levels, and this model gave none.",
                    "class",
                    "note");
        } else {
            StringBuilder description = new StringBuilder("Reliability of the level probabilities. ");
            calibration.bins().forEach(bin -> description
                    .append("Given ")
                    .append(Words.percent(bin.probability()))
                    .append(", people agreed in ")
                    .append(Words.percent(bin.chosen()))
                    .append(". "));
            out.add(ReliabilityChart.draw(calibration, description.toString().strip()));
            out.element(
                    "figcaption",
                    "On the line they do. Larger dots count more answers. Calibration error: "
                            + Words.percent(calibration.error()) + ".");
        }
        out.close();
    }
}
