package org.loupe.report;

import java.nio.file.Path;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaSource;
import org.loupe.decode.Orientation;
import org.loupe.media.MediaTypes;
import org.loupe.score.ScoringException;
import org.loupe.training.data.Copies;
import org.loupe.training.data.Rated;

/**
 * Small copies of pictures inside the page. Their number is bounded, as every one makes the page heavier: cases weigh some 10 KB each,
 * those that only appear under the pointer some 3 KB. A picture that is gone or cannot be read has none; the page says so where it would
 * stand.
 */
final class Thumbnails {
    /** Pictures shown as cases, over all tasks; a page of both tasks asks for 48. */
    private static final int MOST_CASES = 64;
    /** Pictures shown only under the pointer. */
    private static final int MOST_HOVER = 160;

    private static final int CASE_SIDE = 288;
    private static final int HOVER_SIDE = 112;
    private static final int CASE_QUALITY = 74;
    private static final int HOVER_QUALITY = 62;

    /**
     * @param id of the element in the page
     * @param source a {@code data:} address
     */
    record Thumbnail(String id, String source, int width, int height) {}

    private final Map<Path, Thumbnail> cases;
    private final Map<Path, Thumbnail> hover;

    private Thumbnails(Map<Path, Thumbnail> cases, Map<Path, Thumbnail> hover) {
        this.cases = cases;
        this.hover = hover;
    }

    /** No picture at all. */
    static Thumbnails none() {
        return new Thumbnails(Map.of(), Map.of());
    }

    /**
     * @param cases the pictures that will stand in the page
     * @param others pictures worth seeing under the pointer, the most interesting first
     * @param progress told how many of how many are done
     */
    static Thumbnails read(Collection<Rated> cases, Collection<Rated> others, BiConsumer<Integer, Integer> progress) {
        Set<Path> large = files(cases, Set.of(), MOST_CASES);
        Set<Path> small = files(others, large, MOST_HOVER);
        MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
        Map<Path, Thumbnail> readCases = new LinkedHashMap<>();
        Map<Path, Thumbnail> readHover = new LinkedHashMap<>();
        int all = large.size() + small.size();
        int done = 0;
        for (Path file : large) {
            progress.accept(done++, all);
            put(readCases, file, "p" + done, decoder, CASE_SIDE, CASE_QUALITY);
        }
        for (Path file : small) {
            progress.accept(done++, all);
            put(readHover, file, "p" + done, decoder, HOVER_SIDE, HOVER_QUALITY);
        }
        progress.accept(all, all);
        return new Thumbnails(readCases, readHover);
    }

    /** @return the copy that stands in the page among the cases */
    Optional<Thumbnail> ofCase(Rated rated) {
        return Optional.ofNullable(cases.get(rated.file()));
    }

    /** @return id of the copy to show under the pointer */
    Optional<String> hover(Rated rated) {
        Thumbnail found = cases.getOrDefault(rated.file(), hover.get(rated.file()));
        return Optional.ofNullable(found).map(Thumbnail::id);
    }

    /** @return those that stand nowhere in the page but under the pointer */
    Collection<Thumbnail> hidden() {
        return hover.values();
    }

    private static Set<Path> files(Collection<Rated> items, Set<Path> without, int most) {
        Set<Path> files = new LinkedHashSet<>();
        for (Rated item : items) {
            if (files.size() < most && !without.contains(item.file())) {
                files.add(item.file());
            }
        }
        return files;
    }

    private static void put(
            Map<Path, Thumbnail> to, Path file, String id, MediaDecoder decoder, int side, int quality) {
        Frame frame = first(decoder, file, side);
        if (frame != null) {
            Frame small = Copies.within(frame, side);
            String code = Base64.getEncoder().encodeToString(Copies.jpeg(small, quality));
            to.put(file, new Thumbnail(id, "data:image/jpeg;base64," + code, small.width(), small.height()));
        }
    }

    private static @Nullable Frame first(MediaDecoder decoder, Path file, int side) {
        try {
            if (MediaTypes.isVideo(MediaTypes.detect(file))) {
                return decoder.frameAt(MediaSource.of(file), 0, Orientation.APPLY);
            }
            DecodeRequest request =
                    new DecodeRequest((width, height) -> reduction(Math.max(width, height), side), Orientation.APPLY);
            return decoder.decode(MediaSource.of(file), request).frames().get(0);
        } catch (ScoringException e) {
            return null; // the figures stand without it
        }
    }

    /** As far as a JPEG may be reduced while it is decoded and still be reduced again: twice the wanted size at least. */
    private static int reduction(int longSide, int side) {
        int reduction = 8;
        while (reduction > 1 && longSide / reduction < 2 * side) {
            reduction /= 2;
        }
        return reduction;
    }
}
