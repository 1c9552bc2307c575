package org.loupe.training.onealign.text;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.loupe.score.Level;
import org.loupe.score.Task;

/** How the reference puts questions and answers together. Stateless. */
public enum Dialogue {
    /** With a system prompt: what the released training scripts use. */
    V1(
            "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite"
                    + " answers to the user's questions."),
    /** Without one. */
    MPLUG_OWL2("");

    private static final String IMAGE = "<|image|>";

    /** The questions of the released label files, asked of quality and an image; the wording "image" or "picture" is part of each. */
    private static final List<String> QUESTIONS = List.of(
            "Can you rate the quality of this picture?",
            "Could you evaluate the quality of this image?",
            "How do you assess the quality of this image?",
            "How would you judge the quality of this image?",
            "How would you rate the quality of this image?",
            "Rate the quality of this image.",
            "What do you think about the quality of this image?",
            "What is your quality rating for this image?",
            "What's your opinion on the quality of this picture?");

    private static final int PLAIN = 4;

    private final String system;

    Dialogue(String system) {
        this.system = system;
    }

    /** @return the name on the command line */
    @JsonValue
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return every question that the reference asks about a task, the same number for each task and medium */
    public static List<String> questions(Task task, boolean video) {
        return QUESTIONS.stream()
                .map(question -> video ? question.replace("picture", "video").replace("image", "video") : question)
                .map(question -> question.replace("quality", task.id()))
                .toList();
    }

    /** @return the one question that is asked when the network scores */
    public static String plainQuestion(Task task, boolean video) {
        return questions(task, video).get(PLAIN);
    }

    /**
     * The image goes to the front of the question, wherever the question's author had put it.
     *
     * @param question one line
     * @param task what the answer is about
     * @param video whether the answer speaks of a video rather than an image
     * @param level the answer
     * @throws org.loupe.score.ScoringException INVALID_REQUEST if the question has words whose ids are not known
     */
    public Conversation about(String question, Task task, boolean video, Level level) {
        String asked = question.replace(IMAGE, "").strip();
        String word = level.name().toLowerCase(Locale.ROOT);
        String upToLevel = "The " + task.id() + " of the " + (video ? "video" : "image") + " is";
        String opening = (system + " USER:").strip();
        String text = opening + " " + IMAGE + "\n" + asked + " ASSISTANT: " + upToLevel + " " + word + ".</s>";
        int[] before = join(new int[] {Words.BEGIN}, Words.ids(opening, false), new int[] {Words.MARK});
        int[] said =
                join(new int[] {Words.MARK, Words.NEWLINE}, Words.ids(asked, true), Words.ids("ASSISTANT:", false));
        int[] lead = Words.ids(upToLevel, false);
        int[] after = join(said, lead, Words.ids(word + ".", false), new int[] {Words.END});
        return new Conversation(text, before, after, said.length, said.length + lead.length);
    }

    private static int[] join(int[]... parts) {
        return IntStream.range(0, parts.length)
                .flatMap(i -> IntStream.of(parts[i]))
                .toArray();
    }
}
