package org.loupe.training.student;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.teacher.Teacher;

/**
 * How large the network is. A 4 x 4 convolution reads the pixels, then each stage halves both sides.
 *
 * @param stem channels of the first convolution
 * @param stages at least one
 * @param pooled of how many stages, counted from the last, the teacher is told
 */
public record StudentShape(
        @JsonProperty(required = true) int stem,
        @JsonProperty(required = true) List<Stage> stages,
        @JsonProperty(required = true) int pooled) {
    private static final int STEM_STRIDE = 4;

    /**
     * @param channels of its outputs
     * @param kernel 2 or 3, of the convolution that halves
     * @param blocks what follows
     */
    public record Stage(
            @JsonProperty(required = true) int channels,
            @JsonProperty(required = true) int kernel,
            @JsonProperty(required = true) List<Block> blocks) {
        public Stage {
            blocks = List.copyOf(blocks);
        }
    }

    /** What a block does before it adds its input. */
    public enum Block {
        /** 3 x 3 over all channels. */
        @JsonProperty("full")
        FULL {
            @Override
            List<Filter> filters(int channels) {
                return List.of(new Filter(channels, channels, 3));
            }
        },
        /** 3 x 3 of each channel by itself, then 1 x 1 over all. */
        @JsonProperty("separable")
        SEPARABLE {
            @Override
            List<Filter> filters(int channels) {
                return List.of(new Filter(channels, 1, 3), new Filter(channels, channels, 1));
            }
        },
        /** 3 x 3 of each channel by itself, then 1 x 1 to twice as many channels and back. */
        @JsonProperty("wide")
        WIDE {
            @Override
            List<Filter> filters(int channels) {
                return List.of(
                        new Filter(channels, 1, 3),
                        new Filter(2 * channels, channels, 1),
                        new Filter(channels, 2 * channels, 1));
            }
        };

        abstract List<Filter> filters(int channels);
    }

    /**
     * One convolution.
     *
     * @param out channels it gives
     * @param in channels each of them looks at
     */
    record Filter(int out, int in, int kernel) {}

    public StudentShape {
        stages = List.copyOf(stages);
        boolean right = stem > 0 && !stages.isEmpty() && pooled > 0 && pooled <= stages.size();
        for (Stage stage : stages) {
            right &= stage.channels() > 0 && (stage.kernel() == 2 || stage.kernel() == 3);
        }
        if (!right || stride(stages.size() - 1) > Teacher.CELL) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "a network has channels, 1 to 4 stages that halve with kernel 2 or 3, and pools one of them or more");
        }
    }

    /** @return pixels between two outputs of a stage, counted from 0 */
    static int stride(int stage) {
        return STEM_STRIDE << (stage + 1);
    }

    /** @return channels of all pooled stages */
    int pooledChannels() {
        return stages.subList(stages.size() - pooled, stages.size()).stream()
                .mapToInt(Stage::channels)
                .sum();
    }
}
