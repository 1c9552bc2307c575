package org.loupe.decode;

import java.util.Set;

/**
 * The codings that clips are taken in. Ffmpeg has some two hundred decoders, most for formats nobody has written for twenty years and
 * nobody looks after; a hostile file may ask for any of them. These are what cameras, phones, browsers, editors and archives write.
 */
final class VideoCodings {
    /** Ffmpeg's names of decoders; two of a coding where builds differ in which they have. */
    private static final Set<String> DECODERS = Set.of(
            "h264",
            "hevc",
            "av1",
            "libdav1d",
            "libaom-av1",
            "vp8",
            "libvpx",
            "vp9",
            "libvpx-vp9",
            "mpeg4",
            "mpeg2video",
            "mpeg1video",
            "h263",
            "msmpeg4",
            "mjpeg",
            "prores",
            "dnxhd",
            "dvvideo");

    /** The form in which ffmpeg takes such a list. */
    static final String WHITELIST = String.join(",", DECODERS);

    private VideoCodings() {}

    /** @param decoder ffmpeg's name of it */
    static boolean taken(String decoder) {
        return DECODERS.contains(decoder);
    }
}
