package org.loupe.export;

import java.util.ArrayList;
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
    public static final List<Prompt> ALL = of(ModelFamily.ONE_ALIGN, PromptOrder.PAPER);

    private OneAlignPrompts() {}

    /** @return what a family of networks is asked, in the order in which {@code row_prompt} counts the prompts */
    public static List<Prompt> of(ModelFamily family, PromptOrder order) {
        List<Prompt> prompts = new ArrayList<>();
        for (Manifest.MediaKind kind : List.of(Manifest.MediaKind.IMAGE, Manifest.MediaKind.VIDEO)) {
            for (Task task : List.of(Task.QUALITY, Task.AESTHETICS)) {
                if (family.asks(task, kind)) {
                    prompts.add(prompt(task, kind, order));
                }
            }
        }
        return List.copyOf(prompts);
    }

    /** @return the prompts that a package was imported with */
    static List<Prompt> of(Manifest manifest) {
        return of(ModelFamily.of(manifest), PromptOrder.of(manifest));
    }

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

    private static Prompt prompt(Task task, Manifest.MediaKind kind, PromptOrder order) {
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
        int[] first = order == PromptOrder.PAPER ? subject : noun;
        int[] second = order == PromptOrder.PAPER ? noun : subject;
        int[] after = join(
                new int[] {29871, 13, 22933, 9047, 13566, 29901, 450}, first, new int[] {310, 278}, second, new int[] {
                    338
                });
        return new Prompt(new Manifest.Prompt(task.id() + "." + kindId, task, kind), before, after);
    }

    private static int[] join(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }
}
