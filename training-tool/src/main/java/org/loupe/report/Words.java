package org.loupe.report;

import java.util.List;
import java.util.Locale;
import org.loupe.evaluation.Interval;

/** Numbers and lists as people read them. */
final class Words {
    private Words() {}

    /** @return with that many decimals and a real minus sign; a dash where it is not defined */
    static String number(double value, int decimals) {
        if (!Double.isFinite(value)) {
            return "–";
        }
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        boolean zero = text.chars().noneMatch(c -> c >= '1' && c <= '9');
        return (zero ? text.replace("-", "") : text.replace('-', '−'));
    }

    /** @return with its sign, also where it is positive */
    static String signed(double value, int decimals) {
        String text = number(value, decimals);
        return value > 0 && !text.startsWith("–") ? "+" + text : text;
    }

    static String interval(Interval interval, int decimals) {
        return Double.isFinite(interval.low())
                ? number(interval.low(), decimals) + " to " + number(interval.high(), decimals)
                : "–";
    }

    /** @return with thousands set apart */
    static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    static String percent(double share) {
        return Double.isFinite(share) ? Math.round(100 * share) + " %" : "–";
    }

    static String pictures(long n) {
        return n == 1 ? "1 picture" : count(n) + " pictures";
    }

    static String list(List<String> items) {
        int last = items.size() - 1;
        return last < 1
                ? String.join("", items)
                : String.join(", ", items.subList(0, last)) + " and " + items.get(last);
    }

    /** @return the last name of a path that may use either separator */
    static String fileName(String path) {
        return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    }
}
