package org.loupe.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Dimensions and constants of a OneAlign (Q-Align, DeQA-Score) network, all from the checkpoint's {@code config.json} and
 * {@code preprocessor_config.json}. An instance describes a network that can be run: whatever does not fit together was refused before.
 *
 * @param vision the vision tower
 * @param abstractor the visual abstractor
 * @param language the language model
 * @param input how a picture becomes pixels
 */
public record OneAlignConfig(Vision vision, Abstractor abstractor, Language language, Input input) {
    /**
     * Reads and checks both files.
     *
     * @param directory a checkpoint in the Hugging Face layout
     * @throws org.loupe.score.ScoringException CHECKPOINT_INVALID naming every field that is missing, wrong or asks for something the
     *     reference implementation cannot run
     * @throws IOException if a file cannot be read
     */
    public static OneAlignConfig read(Path directory) throws IOException {
        return OneAlignConfigReader.read(directory);
    }

    /**
     * @param imageSide side of the square picture, pixels
     * @param patchSide side of one patch, pixels; a remainder of the picture at the right and lower border is not looked at
     * @param width features of a token
     * @param inner features inside the MLP
     * @param layers number of encoder layers
     * @param heads attention heads, a divisor of {@code width}
     * @param layerNormEps epsilon of every layer normalisation
     */
    public record Vision(
            int imageSide, int patchSide, int width, int inner, int layers, int heads, float layerNormEps) {
        /** @return patches along one side */
        public int grid() {
            return imageSide / patchSide;
        }

        /** @return tokens of one picture: its patches and the class token */
        public int tokens() {
            return grid() * grid() + 1;
        }

        /** @return features of one attention head */
        public int headWidth() {
            return width / heads;
        }
    }

    /**
     * The abstractor is as wide as the vision tower.
     *
     * @param inner features inside the MLP
     * @param layers number of layers
     * @param heads attention heads, a divisor of the width
     * @param queries learned queries; a picture becomes {@code queries + 1} rows of the language model
     * @param ffnNormEps epsilon of the normalisation inside the MLP, the only one that the configuration names
     */
    public record Abstractor(int inner, int layers, int heads, int queries, float ffnNormEps) {
        /** @return rows of one picture in the language model: the queries and the end row */
        public int rows() {
            return queries + 1;
        }
    }

    /**
     * @param width features of a token
     * @param inner features inside the MLP
     * @param layers number of decoder layers
     * @param heads attention heads, a divisor of {@code width}; keys and values have as many
     * @param vocabulary number of tokens
     * @param rmsNormEps epsilon of every root-mean-square normalisation
     * @param ropeTheta base of the rotary frequencies
     */
    public record Language(
            int width, int inner, int layers, int heads, int vocabulary, float rmsNormEps, double ropeTheta) {
        /** @return features of one attention head, an even number */
        public int headWidth() {
            return width / heads;
        }
    }

    /**
     * @param mean per channel, on the 0..1 scale
     * @param std per channel, on the 0..1 scale, above 0
     */
    public record Input(List<Double> mean, List<Double> std) {
        public Input {
            mean = List.copyOf(mean);
            std = List.copyOf(std);
        }

        /** @return the colour that pads a picture to a square, RGB 0..255: the mean, rounded down */
        public List<Integer> padColour() {
            return mean.stream().map(value -> (int) (value * 255)).toList();
        }
    }
}
