package org.loupe.decode;

import java.util.List;
import org.loupe.modelpackage.Manifest.MediaKind;

/**
 * A decoded medium with all its frames.
 *
 * @param mediaType by content, without parameters, for instance {@code image/jpeg}
 * @param kind still or video
 * @param width full width in pixels, oriented as its frames; frames of a reduced decode are smaller
 * @param height full height in pixels
 * @param frames one for a still; one a second for a video, in time order
 * @param truncated whether a video ended early, see {@link MediaInfo#truncated}
 */
public record DecodedMedia(
        String mediaType, MediaKind kind, int width, int height, List<Frame> frames, boolean truncated) {
    public DecodedMedia {
        frames = List.copyOf(frames);
    }
}
