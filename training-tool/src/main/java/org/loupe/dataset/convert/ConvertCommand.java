package org.loupe.dataset.convert;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import picocli.CommandLine;

/** {@code loupe dataset convert}. */
@CommandLine.Command(
        name = "convert",
        description = {
            "Makes labels.csv, and splits.csv where the set has an official division, of a published data set as its authors give it away.",
            "Give the folder the set was unpacked to; label files are found by their names anywhere below it. Nothing is downloaded.",
            "",
            "  ./loupe dataset convert --from koniq ~/data/koniq-10k --out ~/data/koniq",
            "  ./loupe dataset check ~/data/koniq/labels.csv --splits ~/data/koniq/splits.csv",
            "",
            "  koniq   koniq10k_scores_and_distributions.csv, koniq10k_distributions_sets.csv, pictures in 1024x768 or 512x384;",
            "          from database.mmsp-kn.de, the sets file from the authors' repository subpic/koniq",
            "  spaq    'MOS and Image attribute scores.xlsx', pictures in TestImage; from github.com/h4nwei/SPAQ",
            "  kadid   dmos.csv, pictures in images; from database.mmsp-kn.de",
            "  live-c  AllImages_release.mat, AllMOS_release.mat, AllStdDev_release.mat, pictures in Images;",
            "          on request from live.ece.utexas.edu/research/ChallengeDB",
            "  agiqa   data.csv, pictures; from github.com/lcysyzxdxc/AGIQA-3k-Database",
            "  ava     AVA.txt, generic_ls_train.jpgl, generic_test.jpgl, pictures as <id>.jpg; the lists from the authors",
            "  lsvq    labels_train_test.csv, labels_test_1080p.csv, videos; on request, github.com/baidut/PatchVQ"
        })
public final class ConvertCommand implements Callable<Integer> {
    private static final int MISSING_SHOWN = 5;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = "--from",
            required = true,
            paramLabel = "SET",
            description = "koniq, spaq, kadid, live-c, agiqa, ava or lsvq")
    private String from;

    @CommandLine.Parameters(paramLabel = "PATH", description = "the folder the set was unpacked to")
    private Path folder;

    @CommandLine.Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "where labels.csv and splits.csv go; existing ones are not overwritten")
    private Path out;

    @Override
    public Integer call() {
        PublishedSet set = PublishedSets.ALL.stream()
                .filter(one -> one.id().equalsIgnoreCase(from))
                .findFirst()
                .orElseThrow(() -> new CommandLine.ParameterException(
                        spec.commandLine(),
                        "--from knows "
                                + PublishedSets.ALL.stream()
                                        .map(PublishedSet::id)
                                        .collect(Collectors.joining(", "))
                                + ", not " + from));
        for (String name : List.of(ConvertedFiles.LABELS, ConvertedFiles.SPLITS)) {
            if (Files.exists(out.resolve(name))) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(), out.resolve(name) + " exists; give another --out");
            }
        }
        Conversion conversion;
        try {
            conversion = set.read(folder);
        } catch (ScoringException e) {
            throw e.reason() == ErrorReason.INVALID_REQUEST
                    ? new ScoringException(
                            e.reason(),
                            e.getMessage() + "\n  " + set.id() + " is made of: " + set.files() + "\n  obtained from: "
                                    + set.origin(),
                            e)
                    : e;
        }
        if (conversion.labels().isEmpty()) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    conversion.missing().size() + " pictures have labels, but none lies in " + folder
                            + " or below it, such as "
                            + conversion.missing().stream().findFirst().orElse("any")
                            + ": unpack the pictures into that folder, or give the folder above both");
        }
        new ConvertedFiles(out).write(conversion);
        tell(set, conversion);
        return 0;
    }

    private void tell(PublishedSet set, Conversion conversion) {
        PrintWriter print = spec.commandLine().getOut();
        print.println(
                out.resolve(ConvertedFiles.LABELS) + ": " + conversion.labels().size() + " labels of " + set.id());
        if (!conversion.splits().isEmpty()) {
            Map<String, Integer> sizes = new TreeMap<>();
            conversion.splits().values().forEach(split -> sizes.merge(split, 1, Integer::sum));
            print.println(out.resolve(ConvertedFiles.SPLITS) + ": "
                    + sizes.entrySet().stream()
                            .map(size -> size.getKey() + " " + size.getValue())
                            .collect(Collectors.joining(", ")));
        }
        conversion.notes().forEach(note -> print.println("  " + note));
        List<String> missing = conversion.missing();
        if (!missing.isEmpty()) {
            print.println("  " + missing.size() + " labelled pictures are not there and were left out: "
                    + String.join(", ", missing.subList(0, Math.min(MISSING_SHOWN, missing.size())))
                    + (missing.size() > MISSING_SHOWN ? ", ..." : ""));
        }
        print.flush();
    }
}
