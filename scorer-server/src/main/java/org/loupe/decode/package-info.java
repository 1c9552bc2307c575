/** Bytes to frames: stills through OpenCV, video through ffmpeg, behind a header gate that bounds memory before any pixel is allocated. */
@NullMarked
package org.loupe.decode;

import org.jspecify.annotations.NullMarked;
