package org.loupe.training.onealign.text;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Token ids of the words in the reference's conversations. LLaMA's vocabulary cuts text at spaces, so the ids of a word do not depend on its
 * neighbours; a word at the beginning of a line has ids of its own.
 */
final class Words {
    /** Begins every conversation. */
    static final int BEGIN = 1;
    /** Ends every answer. */
    static final int END = 2;
    /** A bare word-start mark: what the text before and after the image leaves there. */
    static final int MARK = 29871;
    /** The newline byte. */
    static final int NEWLINE = 13;

    private static final Map<String, int[]> IDS = new HashMap<>();
    private static final Map<String, int[]> LINE_STARTS = new HashMap<>();
    private static final Map<String, int[]> SUFFIXES = new HashMap<>();

    static {
        words(
                "A 319 chat 13563 between 1546 a 263 curious 12758 user 1404 and 322 an 385 artificial 23116 intelligence 21082"
                        + " assistant 20255 The 450 gives 4076 helpful 8444 detailed 13173 answers 6089 to 304 the 278 questions 5155"
                        + " would 723 you 366 rate 6554 quality 11029 of 310 this 445 image 1967 video 4863 picture 7623 is 338"
                        + " evaluate 14707 do 437 assess 24809 judge 16833 think 1348 about 1048 your 596 rating 21700 for 363"
                        + " opinion 9426 on 373 excellent 15129 good 1781 fair 6534 poor 6460 bad 4319");
        IDS.put("polite", new int[] {1248, 568});
        IDS.put("USER", new int[] {3148, 1001});
        IDS.put("ASSISTANT", new int[] {319, 1799, 9047, 13566});
        IDS.put("aesthetics", new int[] {263, 342, 9188, 1199});
        starts("How 5328 Can 6028 Could 23323 Rate 19907 What 5618");
        SUFFIXES.put(".", new int[] {29889});
        SUFFIXES.put(",", new int[] {29892});
        SUFFIXES.put("?", new int[] {29973});
        SUFFIXES.put(":", new int[] {29901});
        SUFFIXES.put("'s", new int[] {29915, 29879});
    }

    private Words() {}

    private static void words(String pairs) {
        put(pairs, IDS);
    }

    private static void starts(String pairs) {
        put(pairs, LINE_STARTS);
    }

    private static void put(String pairs, Map<String, int[]> target) {
        String[] parts = pairs.split(" ", -1);
        for (int i = 0; i < parts.length; i += 2) {
            target.put(parts[i], new int[] {Integer.parseInt(parts[i + 1])});
        }
    }

    /**
     * @param text words with single spaces between them, one line
     * @param lineStart whether the first word begins a line after a newline
     * @throws ScoringException INVALID_REQUEST naming a word that is not known
     */
    static int[] ids(String text, boolean lineStart) {
        IntStream all = IntStream.empty();
        boolean start = lineStart;
        for (String word : text.split(" ", -1)) {
            all = IntStream.concat(all, IntStream.of(word(word, start ? LINE_STARTS : IDS)));
            start = false;
        }
        return all.toArray();
    }

    private static int[] word(String word, Map<String, int[]> known) {
        int[] whole = known.get(word);
        if (whole != null) {
            return whole;
        }
        // longest stem first; "user's" and "picture?" are a word and what follows it without a space
        for (int cut = word.length() - 1; cut > 0; cut--) {
            int[] stem = known.get(word.substring(0, cut));
            int[] rest = SUFFIXES.get(word.substring(cut));
            if (stem != null && rest != null) {
                return IntStream.concat(IntStream.of(stem), IntStream.of(rest)).toArray();
            }
        }
        throw new ScoringException(
                ErrorReason.INVALID_REQUEST,
                "'" + word
                        + "' is not among the words whose token ids are known here; questions are made of the words of the"
                        + " reference's own");
    }
}
