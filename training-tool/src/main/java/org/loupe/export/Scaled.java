package org.loupe.export;

/**
 * Rows that a product gave, of the activation type: {@code value * scale}, the second left to whoever can do with it more cheaply.
 *
 * @param scale {@code float32[row, 1]}, or empty for 1
 */
record Scaled(String value, String scale) {
    static Scaled plain(String value) {
        return new Scaled(value, "");
    }

    boolean scaled() {
        return !scale.isEmpty();
    }
}
