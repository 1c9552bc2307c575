package org.loupe.export.adapter;

import java.util.List;
import org.loupe.modelpackage.Manifest;

/** What an adapter package says of itself to people. */
final class AdapterPapers {
    private AdapterPapers() {}

    static String licence(AdapterImport request) {
        return "The tensors in this package were imported from the adapter " + request.checkpointName()
                + ". They are not part of Loupe and Loupe's licence does not cover them.\n"
                + "Terms stated at the import: " + request.licence().id() + ", commercial use: "
                + request.licence().commercialUse() + ".\n"
                + (request.licence().url() == null
                        ? ""
                        : "See " + request.licence().url() + "\n")
                + "The base model's own terms hold as well: the adapter is of no use without it.\n";
    }

    static String card(AdapterImport request, List<LowRank> pairs, List<String> replaces) {
        Manifest base = request.base().manifest();
        return """
                # %s %s

                A taste adapter for %s %s (%s, digest `%s`), imported from `%s`%s by `loupe model import-adapter`.

                | part | tensors |
                |---|---|
                | modules of the language model with a low-rank term | %d |
                | ranks | %s |
                | keys and values of the prompt prefixes, tensors of the abstractor | %d |

                **What it changes.** The answers of its base to the same questions, for one library's taste. It runs on that package only.

                **Accuracy.** Not measured. `loupe evaluate` tells how well it agrees with people on your pictures.

                **Terms.** %s, commercial use: %s, as stated by whoever imported it; see `LICENSE`. The base's own terms hold as well.
                """.formatted(
                        request.name(),
                        request.version(),
                        base.name(),
                        base.version(),
                        base.precision(),
                        base.digest(),
                        request.checkpointName(),
                        request.revision() == null ? "" : ", revision " + request.revision(),
                        pairs.size(),
                        pairs.isEmpty()
                                ? "-"
                                : String.join(
                                        ", ",
                                        pairs.stream()
                                                .map(pair -> Integer.toString(pair.rank()))
                                                .distinct()
                                                .toList()),
                        replaces.size(),
                        request.licence().id(),
                        request.licence().commercialUse());
    }
}
