package org.loupe.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A linear scale of a chart.
 *
 * @param low value at {@code from}
 * @param high value at {@code to}; above {@code low}
 * @param from coordinate in the drawing
 * @param to likewise; below {@code from} where values rise upwards
 */
record Axis(double low, double high, double from, double to) {
    Axis {
        if (!(low < high)) {
            throw new IllegalArgumentException("no axis goes from " + low + " to " + high);
        }
    }

    /** @return an axis that holds both values, rounded outwards to its ticks; a single value gets room around it */
    static Axis around(double least, double most, int ticks, double from, double to) {
        double room = least < most ? 0 : Math.max(Math.abs(least) * 0.1, 0.01);
        double step = step(most - least + 2 * room, ticks);
        return new Axis(
                Math.floor((least - room) / step + 1e-9) * step,
                Math.ceil((most + room) / step - 1e-9) * step,
                from,
                to);
    }

    double at(double value) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /** @return round values within the axis, about that many */
    List<Double> ticks(int about) {
        double step = step(high - low, about);
        List<Double> ticks = new ArrayList<>();
        for (double i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** @return how many decimals tell the ticks apart */
    int decimals(int about) {
        return (int) Math.max(0, -Math.floor(Math.log10(step(high - low, about)) + 1e-9));
    }

    /** The 1, 2 or 5 times a power of ten that comes nearest to the wanted number of steps. */
    private static double step(double span, int about) {
        double raw = span / Math.max(1, about);
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double lead = raw / power;
        return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
    }
}
