package org.loupe.export;

import java.util.Arrays;
import java.util.List;
import org.loupe.modelpackage.Manifest;
import org.loupe.score.Level;
import org.loupe.score.Task;

/**
 * What OneAlign is asked, as token ids of the LLaMA vocabulary: {@code USER: How would you rate the quality of this image?\n<|image|>\n
 * ASSISTANT: The quality of the image is}, and the same for aesthetics and for video. The texts never change, so no tokenizer is needed.
 */
public final class OneAlignPrompts {
    /** Ids of the level words excellent, good, fair, poor, bad: the order of {@link Level}. */
    static final int[] LEVEL_IDS = {15129, 1781, 6534, 6460, 4319};

    private static final int[] IMAGE = {1967};
    private static final int[] VIDEO = {4863};
    private static final int[] QUALITY = {11029};
    private static final int[] AESTHETICS = {263, 342, 9188, 1199};

    /** In the order in which {@code row_prompt} counts them. */
    public static final List<Prompt> ALL = List.of(
            prompt(Task.QUALITY, Manifest.MediaKind.IMAGE),
            prompt(Task.AESTHETICS, Manifest.MediaKind.IMAGE),
            prompt(Task.QUALITY, Manifest.MediaKind.VIDEO),
            prompt(Task.AESTHETICS, Manifest.MediaKind.VIDEO));

    private OneAlignPrompts() {}

    /** @return token ids of the level words, in the order of {@link Level} */
    public static int[] levelIds() {
        return LEVEL_IDS.clone();
    }

    /**
     * @param before ids before the image rows, starting with the id that begins a text
     * @param after ids after them; the level word would follow the last one
     */
    public record Prompt(Manifest.Prompt spec, int[] before, int[] after) {
        /** @return as many tokens, of which only the first stands before the image rows */
        Prompt behindThePicture() {
            return new Prompt(spec, new int[] {before[0]}, join(Arrays.copyOfRange(before, 1, before.length), after));
        }
    }

    /** @return the largest id used; the vocabulary must be larger */
    static int largestId() {
        int largest = 0;
        for (Prompt prompt : ALL) {
            for (int[] ids : List.of(prompt.before(), prompt.after(), LEVEL_IDS)) {
                for (int id : ids) {
                    largest = Math.max(largest, id);
                }
            }
        }
        return largest;
    }

    private static Prompt prompt(Task task, Manifest.MediaKind kind) {
        int[] noun = kind == Manifest.MediaKind.IMAGE ? IMAGE : VIDEO;
        int[] subject = task == Task.QUALITY ? QUALITY : AESTHETICS;
        String kindId = kind == Manifest.MediaKind.IMAGE ? "image" : "video";
        // "USER: How would you rate the", subject, "of this", noun, "?" and a line end
        int[] before = join(
                new int[] {1, 3148, 1001, 29901, 1128, 723, 366, 6554, 278},
                subject,
                new int[] {310, 445},
                noun,
                new int[] {29973, 13});
        // a line end, "ASSISTANT: The", subject, "of the", noun, "is"
        int[] after = join(
                new int[] {29871, 13, 22933, 9047, 13566, 29901, 450}, subject, new int[] {310, 278}, noun, new int[] {
                    338
                });
        return new Prompt(new Manifest.Prompt(task.id() + "." + kindId, task, kind), before, after);
    }

    private static int[] join(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }
}
