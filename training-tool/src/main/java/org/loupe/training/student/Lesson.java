package org.loupe.training.student;

import org.loupe.decode.Frame;
import org.loupe.training.teacher.Teacher;

/**
 * A view of a picture, or a part of one, and what the teacher says of it.
 *
 * @param pixels sides are multiples of {@link Teacher#CELL}
 */
record Lesson(Frame pixels, Said said) {
    Lesson {
        if (said.cells().length != columns(pixels) * (pixels.height() / Teacher.CELL) * Said.CELL_WIDTH) {
            throw new IllegalArgumentException(
                    said.cells().length + " numbers for " + pixels.width() + " x " + pixels.height() + " pixels");
        }
    }

    private static int columns(Frame pixels) {
        return pixels.width() / Teacher.CELL;
    }

    /** @return the square of so many cells a side that begins at that column and row of cells */
    Lesson part(int column, int row, int side) {
        int edge = side * Teacher.CELL;
        Frame part = Views.part(pixels, column * Teacher.CELL, row * Teacher.CELL, edge, edge);
        float[] cells = new float[side * side * Said.CELL_WIDTH];
        for (int r = 0; r < side; r++) {
            int from = ((row + r) * columns(pixels) + column) * Said.CELL_WIDTH;
            System.arraycopy(said.cells(), from, cells, r * side * Said.CELL_WIDTH, side * Said.CELL_WIDTH);
        }
        return new Lesson(part, new Said(cells));
    }
}
