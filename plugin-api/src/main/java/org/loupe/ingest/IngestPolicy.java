package org.loupe.ingest;

import java.util.Set;
import java.util.TreeSet;
import org.loupe.client.ScoreOptions;
import org.loupe.config.ConfigProblems;
import org.loupe.media.MediaTypes;

/**
 * What is scored, and when again.
 *
 * @param mediaTypes scored kinds, a subset of {@link MediaTypes#supported()}, not empty; supported kinds outside it are skipped, kinds
 *     nobody can score are parked; default: all
 * @param minBytes smaller files are skipped, as icons and placeholders are no photographs anybody rates; 0 or more, default 0
 * @param maxBytes larger files are parked as MEDIA_TOO_LARGE; at least {@code minBytes}, default 4 GiB
 * @param rescoreOnModelChange whether an asset scored by another model is scored again; default true
 * @param options tasks, model and orientation asked for; default: everything the server's default model has
 */
public record IngestPolicy(
        Set<String> mediaTypes, long minBytes, long maxBytes, boolean rescoreOnModelChange, ScoreOptions options) {
    /** Everything that can be scored, again when the model changes. */
    public static final IngestPolicy DEFAULT =
            new IngestPolicy(MediaTypes.supported(), 0, 4L << 30, true, ScoreOptions.DEFAULT);

    /** @throws IllegalArgumentException naming everything that is wrong, one a line */
    public IngestPolicy {
        mediaTypes = Set.copyOf(mediaTypes);
        Set<String> unknown = new TreeSet<>(mediaTypes);
        unknown.removeAll(MediaTypes.supported());
        new ConfigProblems()
                .check(
                        !mediaTypes.isEmpty() && unknown.isEmpty(),
                        "ingest.media-types must be some of %s, unknown are %s",
                        MediaTypes.supported(),
                        unknown)
                .check(minBytes >= 0, "ingest.min-bytes must be 0 or more, was %s", minBytes)
                .check(
                        maxBytes >= Math.max(1, minBytes),
                        "ingest.max-bytes must be at least 1 and min-bytes, was %s",
                        maxBytes)
                .throwIfAny();
    }

    public IngestPolicy withOptions(ScoreOptions other) {
        return new IngestPolicy(mediaTypes, minBytes, maxBytes, rescoreOnModelChange, other);
    }
}
