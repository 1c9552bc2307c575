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
    private static final Input CLIP_INPUT =
            new Input(List.of(0.48145466, 0.4578275, 0.40821073), List.of(0.26862954, 0.26130258, 0.27577711));

    /**
     * The published OneAlign, 8.2 billion parameters. For making checkpoints of its shape only: what is read always goes by its own
     * configuration.
     */
    public static final OneAlignConfig ONE_ALIGN = new OneAlignConfig(
            new Vision(448, 14, 1024, 4096, 24, 16, 1e-6f),
            new Abstractor(2816, 6, 16, 64, 1e-6f),
            new Language(4096, 11008, 32, 32, 32000, 1e-5f, 10000),
            CLIP_INPUT);

    /** The same network small enough for tests: its vocabulary is the real one, since prompts are made of real token ids. */
    public static final OneAlignConfig TINY = new OneAlignConfig(
            new Vision(56, 14, 32, 64, 2, 4, 1e-6f),
            new Abstractor(48, 2, 2, 8, 1e-6f),
            new Language(24, 56, 2, 4, 32000, 1e-5f, 10000),
            CLIP_INPUT);

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

    /** @return the same network with other numbers of layers: a slice of it, at its full width */
    public OneAlignConfig withLayers(int visionLayers, int languageLayers) {
        return new OneAlignConfig(
                new Vision(
                        vision.imageSide(),
                        vision.patchSide(),
                        vision.width(),
                        vision.inner(),
                        visionLayers,
                        vision.heads(),
                        vision.layerNormEps()),
                abstractor,
                new Language(
                        language.width(),
                        language.inner(),
                        languageLayers,
                        language.heads(),
                        language.vocabulary(),
                        language.rmsNormEps(),
                        language.ropeTheta()),
                input);
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
