package org.loupe.training.student;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.training.loop.LoopConfig;
import org.loupe.training.teacher.Teacher;

/**
 * How the convolutional part learns.
 *
 * @param shape of the network
 * @param outputs what of it becomes inputs of the heads
 * @param views how often each picture is shown to the teacher: once as it is, then mirrored, reduced, damaged by chance
 * @param damaged share of the views after the first that are damaged, 0..1
 * @param crop side of the part of a view that one step looks at, pixels, a multiple of 64
 * @param average how much of the moving average of the weights a step keeps; the average is what is delivered
 * @param heldOut share of the pictures that is not learned from, to draw the curve; 0 learns from all
 * @param loop of the training
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record StudentRecipe(
        @JsonProperty(required = true) StudentShape shape,
        @JsonProperty(required = true) Outputs outputs,
        @JsonProperty(required = true) int views,
        @JsonProperty(required = true) double damaged,
        @JsonProperty(required = true) int crop,
        @JsonProperty(required = true) double average,
        @JsonProperty(required = true) double heldOut,
        @JsonProperty(required = true) LoopConfig loop) {
    public StudentRecipe {
        boolean right = outputs.told() >= 0
                && outputs.own() >= 0
                && outputs.told() + outputs.own() > 0
                && Math.max(outputs.told(), outputs.own()) <= 2 * shape.pooledChannels()
                && views > 0
                && damaged >= 0
                && damaged <= 1
                && crop >= Teacher.CELL
                && crop % Teacher.CELL == 0
                && average >= 0
                && average < 1
                && heldOut >= 0
                && heldOut < 1;
        if (!right) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "a student has one output or more, at most " + 2 * shape.pooledChannels()
                            + " told and as many of its own, one view or more, shares damaged and held-out in 0..1, a crop of whole cells of "
                            + Teacher.CELL + " pixels, and an average of 0 or more and below 1");
        }
    }

    /**
     * Principal components over whole pictures, of two things.
     *
     * @param told how many of what it tells of the teacher's answers: what is in a picture
     * @param own how many of its own pooled channels, every channel worth the same: also what the teacher never mentions but the student
     *     had to see on the way
     */
    public record Outputs(
            @JsonProperty(required = true) int told,
            @JsonProperty(required = true) int own) {}

    /** @return all that the weights learned depend on; which outputs are then taken from them does not matter */
    String learning() {
        return "StudentLearning[" + shape + ", " + views + ", " + damaged + ", " + crop + ", " + average + ", "
                + heldOut + ", " + loop + "]";
    }
}
