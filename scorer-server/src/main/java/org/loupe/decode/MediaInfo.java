package org.loupe.decode;

import org.loupe.modelpackage.Manifest.MediaKind;

/**
 * What a decoded medium turned out to be.
 *
 * @param mediaType by content, without parameters, for instance {@code image/jpeg}
 * @param kind still or video
 * @param width full width in pixels, oriented as its frames; frames of a reduced decode are smaller
 * @param height full height in pixels
 * @param frames number of frames delivered, at least 1
 * @param truncated whether a video ended early: the frames are sound, but the container promises more
 */
public record MediaInfo(String mediaType, MediaKind kind, int width, int height, int frames, boolean truncated) {}
