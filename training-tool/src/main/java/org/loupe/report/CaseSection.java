package org.loupe.report;

import java.util.List;

/** The pictures worth looking at, in rows: each with its name, what people and model say, and how far apart that is. */
final class CaseSection {
    private final Markup out;
    private final Thumbnails thumbnails;

    CaseSection(Markup out, Thumbnails thumbnails) {
        this.out = out;
        this.thumbnails = thumbnails;
    }

    void write(Cases cases) {
        out.element("h3", "Look for yourself", "class", "over");
        row("Scored too high", "People liked these less than the model does.", cases.tooHigh());
        row("Scored too low", "People liked these more.", cases.tooLow());
        row("Right on", "Closest to people, over the whole range of ratings.", cases.right());
        row("Its favourites", "The highest scores it gave.", cases.favourites());
        out.open("p", "class", "key")
                .open("span", "class", "who people", "aria-hidden", "true")
                .close();
        out.text(" people ")
                .open("span", "class", "who model", "aria-hidden", "true")
                .close();
        out.text(" model, on the scale from 1 to 5").close();
    }

    private void row(String title, String explanation, List<Prediction> predictions) {
        if (predictions.isEmpty()) {
            return;
        }
        out.open("h4").text(title).element("small", explanation).close();
        out.open("ul", "class", "cases");
        for (Prediction p : predictions) {
            out.open("li");
            thumbnails
                    .ofCase(p.rated())
                    .ifPresentOrElse(this::picture, () -> out.element("div", "not at hand", "class", "missing"));
            String name = Words.fileName(p.rated().name());
            out.open("p", "class", "name", "title", p.rated().name())
                    .element("bdi", name)
                    .close();
            strip(p);
            out.open("p", "class", "said");
            said("people", p.rated().mos());
            said("model", p.predicted());
            out.close();
            out.close();
        }
        out.close();
    }

    private void said(String who, double value) {
        out.open("span")
                .open("span", "class", "who " + who, "aria-hidden", "true")
                .close();
        out.element("span", who + " ", "class", "unseen")
                .text(Words.number(value, 2))
                .close();
    }

    private void picture(Thumbnails.Thumbnail thumbnail) {
        out.open("div", "class", "picture");
        // the caption beneath names the file; what is to be seen nobody told us
        out.leaf(
                "img",
                "src",
                thumbnail.source(),
                "alt",
                "",
                "width",
                thumbnail.width(),
                "height",
                thumbnail.height(),
                "class",
                thumbnail.id());
        out.close();
    }

    private void strip(Prediction p) {
        Axis x = new Axis(1, 5, 5, 155);
        double people = x.at(p.rated().mos());
        double model = x.at(Math.min(5, Math.max(1, p.predicted())));
        out.open("svg", "viewBox", "0 0 160 14", "class", "strip", "aria-hidden", "true");
        out.leaf("line", "class", "grid", "x1", 5, "x2", 155, "y1", 7, "y2", 7);
        out.leaf("line", "class", "span", "x1", people, "x2", model, "y1", 7, "y2", 7);
        out.leaf("circle", "class", "people", "cx", people, "cy", 7, "r", 4.2);
        out.leaf("circle", "class", "model", "cx", model, "cy", 7, "r", 4.2);
        out.close();
    }
}
