package org.loupe.training.data;

import java.nio.file.Path;
import org.loupe.score.Task;

/**
 * One picture as people rated it for one task.
 *
 * @param file the picture, exists when it was read from a labels file
 * @param name the file as the labels name it; split files use the same name
 * @param task what was asked
 * @param mos mean opinion score mapped to 1 (bad) .. 5 (excellent)
 */
public record Rated(Path file, String name, Task task, double mos) {}
