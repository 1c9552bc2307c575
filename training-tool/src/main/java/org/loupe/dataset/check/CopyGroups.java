package org.loupe.dataset.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * Pictures that are one picture: files of the same bytes, and near-duplicates. Whoever resembles a member belongs to the group, so a burst
 * of ten frames is one group even if its first and last frame differ.
 */
final class CopyGroups {
    private final List<Group> groups;

    private CopyGroups(List<Group> groups) {
        this.groups = groups;
    }

    /**
     * @param files at least two, in order
     * @param exact whether all have the same bytes
     * @param similarity of the least similar pair that was found; 1 for the same bytes
     * @param mirrored whether some of them are the others in a mirror
     */
    record Group(List<Path> files, boolean exact, double similarity, boolean mirrored) {}

    /** @param progress told after every picture how many have been compared */
    static CopyGroups of(Collection<Medium> media, IntConsumer progress) {
        Map<String, List<Path>> byDigest = new TreeMap<>();
        List<Medium> distinct = new ArrayList<>();
        List<Thumbnail> thumbnails = new ArrayList<>();
        for (Medium medium : media) {
            Thumbnail thumbnail = medium.thumbnail();
            if (thumbnail != null) {
                List<Path> same = byDigest.computeIfAbsent(medium.sha256(), d -> new ArrayList<>());
                if (same.isEmpty()) {
                    distinct.add(medium);
                    thumbnails.add(thumbnail);
                }
                same.add(medium.file());
            }
        }
        List<NearDuplicates.Pair> pairs = NearDuplicates.find(thumbnails, progress);
        int[] leader = new int[distinct.size()];
        double[] similarity = new double[distinct.size()];
        boolean[] mirrored = new boolean[distinct.size()];
        for (int i = 0; i < leader.length; i++) {
            leader[i] = i;
            similarity[i] = 1;
        }
        for (NearDuplicates.Pair pair : pairs) {
            int one = root(leader, pair.first());
            int other = root(leader, pair.second());
            int first = Math.min(one, other);
            leader[Math.max(one, other)] = first;
            similarity[first] = Math.min(pair.similarity(), Math.min(similarity[one], similarity[other]));
            mirrored[first] = pair.mirrored() || mirrored[one] || mirrored[other];
        }
        Map<Integer, List<Path>> members = new TreeMap<>();
        Map<Integer, Integer> contents = new HashMap<>();
        for (int i = 0; i < leader.length; i++) {
            int root = root(leader, i);
            members.computeIfAbsent(root, r -> new ArrayList<>())
                    .addAll(byDigest.getOrDefault(distinct.get(i).sha256(), List.of()));
            contents.merge(root, 1, Integer::sum);
        }
        List<Group> groups = new ArrayList<>();
        members.forEach((root, files) -> {
            if (files.size() > 1) {
                groups.add(new Group(
                        files.stream().sorted().toList(),
                        contents.getOrDefault(root, 1) == 1,
                        similarity[root],
                        mirrored[root]));
            }
        });
        return new CopyGroups(groups);
    }

    private static int root(int[] leader, int of) {
        int at = of;
        while (leader[at] != at) {
            leader[at] = leader[leader[at]]; // shortens the way for the next
            at = leader[at];
        }
        return at;
    }

    List<Group> groups() {
        return groups;
    }
}
