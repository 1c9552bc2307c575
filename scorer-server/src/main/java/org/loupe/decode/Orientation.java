package org.loupe.decode;

/** What to do with the orientation that a camera notes beside the pixels (EXIF, or a video's display matrix). */
public enum Orientation {
    /** Turn the picture upright, as every viewer shows it. */
    APPLY,
    /** Leave the pixels as stored; the reference implementation of the model does. */
    IGNORE
}
