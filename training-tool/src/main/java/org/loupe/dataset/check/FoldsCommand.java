package org.loupe.dataset.check;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.loupe.command.ProgressBar;
import org.loupe.training.data.Folds;
import org.loupe.training.data.LabelHints;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import picocli.CommandLine;

/** {@code loupe dataset folds}. */
@CommandLine.Command(
        name = "folds",
        description = {
            "Divides rated pictures into cross-validation folds once and for all: what look the same stays together, and every collection"
                    + " is dealt evenly. Prints file,fold,group; a recipe names the file under folds: fixed. The same pictures and seed give the same folds.",
            "",
            "  ./loupe dataset folds photos/labels.csv --group '(ss[0-9]+)_' > folds.csv",
            "  ./loupe dataset folds beauty/labels.csv --themes > folds.csv"
        })
public final class FoldsCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(paramLabel = "LABELS", description = "as train takes them")
    private Path labels;

    @CommandLine.Mixin
    private LabelHints labelHints;

    @CommandLine.Option(names = "--folds", defaultValue = "5", description = "how many (default: ${DEFAULT-VALUE})")
    private int folds;

    @CommandLine.Option(
            names = "--seed",
            defaultValue = "1",
            description = "of the division (default: ${DEFAULT-VALUE})")
    private long seed;

    @CommandLine.Option(
            names = "--group",
            paramLabel = "REGEX",
            description = "first capture in the file name is the collection; each is dealt evenly")
    private @Nullable String group;

    @CommandLine.Option(
            names = "--themes",
            description = "pictures of one theme stay together, too: lake_1.jpg and lake_2.jpg")
    private boolean themes;

    @Override
    public Integer call() {
        if (folds < 2) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--folds must be 2 or more");
        }
        List<Rated> items = Ratings.read(labels, labelHints.hints());
        Map<Rated, String> groups;
        try (ProgressBar bar = ProgressBar.on(spec.commandLine().getErr())) {
            groups = lookAlikes(items, bar);
        }
        Map<String, String> rows = new TreeMap<>();
        Map<String, Long> sizes =
                groups.values().stream().collect(Collectors.groupingBy(g -> g, Collectors.counting()));
        collections(items, groups).values().forEach(collection -> {
            if (collection.stream().map(groups::get).distinct().count() < folds) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(),
                        "a collection of " + collection.size() + " pictures cannot be dealt to " + folds + " folds");
            }
            int[] dealt = Folds.assign(collection, item -> groups.getOrDefault(item, item.name()), folds, seed);
            for (int i = 0; i < dealt.length; i++) {
                Rated item = collection.get(i);
                String own = groups.getOrDefault(item, item.name());
                boolean alone = sizes.getOrDefault(own, 1L) == 1;
                rows.put(item.name(), item.name() + "," + (dealt[i] + 1) + "," + (alone ? "" : own));
            }
        });
        PrintWriter out = spec.commandLine().getOut();
        out.println("file,fold,group");
        rows.values().forEach(out::println);
        out.flush();
        return 0;
    }

    /** @return for each picture the first of those that it must not be parted from */
    private Map<Rated, String> lookAlikes(List<Rated> items, ProgressBar bar) {
        Map<Path, List<Rated>> byFile = new LinkedHashMap<>();
        items.forEach(
                item -> byFile.computeIfAbsent(item.file().toAbsolutePath().normalize(), f -> new ArrayList<>())
                        .add(item));
        Map<Path, Medium> media = new MediaScan(bar).read(byFile.keySet());
        CopyGroups copies = CopyGroups.of(media.values(), done -> bar.at("Comparing pictures", done, media.size()));
        Map<String, String> leader = new HashMap<>();
        if (themes) {
            items.forEach(item -> join(leader, item.name(), "theme of " + Folds.theme(item)));
        }
        for (CopyGroups.Group alike : copies.groups()) {
            List<Rated> members = alike.files().stream()
                    .flatMap(file -> byFile.getOrDefault(file, List.of()).stream())
                    .toList();
            members.forEach(member -> join(leader, member.name(), members.get(0).name()));
        }
        bar.println(copies.groups().size() + " groups of look-alikes");
        Map<Rated, String> groups = new HashMap<>();
        items.forEach(item -> groups.put(item, first(leader, item.name())));
        return groups;
    }

    private static void join(Map<String, String> leader, String one, String other) {
        String a = first(leader, one);
        String b = first(leader, other);
        if (!a.equals(b)) {
            leader.put(a, b);
        }
    }

    private static String first(Map<String, String> leader, String of) {
        String at = of;
        for (String next = leader.get(at); next != null; next = leader.get(at)) {
            at = next;
        }
        return at;
    }

    /** Look-alikes of two collections belong to the collection of the first of them. */
    private Map<String, List<Rated>> collections(List<Rated> items, Map<Rated, String> groups) {
        Pattern pattern = pattern();
        Map<String, String> ofGroup = new HashMap<>();
        Map<String, List<Rated>> collections = new TreeMap<>();
        for (Rated item : items) {
            Matcher matcher = pattern.matcher(item.name());
            String own = matcher.find() && matcher.groupCount() > 0 && matcher.group(1) != null ? matcher.group(1) : "";
            String collection = ofGroup.computeIfAbsent(groups.getOrDefault(item, item.name()), g -> own);
            collections.computeIfAbsent(collection, c -> new ArrayList<>()).add(item);
        }
        return collections;
    }

    private Pattern pattern() {
        try {
            return Pattern.compile(group == null ? "(?!)" : group);
        } catch (PatternSyntaxException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--group is no regular expression: " + e.getDescription());
        }
    }
}
