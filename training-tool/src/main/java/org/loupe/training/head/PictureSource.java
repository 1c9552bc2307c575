package org.loupe.training.head;

import java.nio.file.Path;
import org.loupe.decode.Frame;

/** Turns a picture file into the pixels a model would be given by the server. */
public interface PictureSource {
    /**
     * @param file for messages
     * @param bytes its content
     */
    Frame load(Path file, byte[] bytes);
}
