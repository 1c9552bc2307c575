package org.loupe.training.loop;

/** Numbers that look random and follow from a seed and a place alone, so that a resumed run needs no generator's state. */
public final class Seeds {
    private Seeds() {}

    /**
     * @param seed of the run
     * @param place where the number is needed, such as step and part; other places give unrelated numbers
     * @see <a href="https://doi.org/10.1145/2714064.2660195">Steele, Lea, Flood 2014: the finaliser of SplitMix64</a>
     */
    public static long of(long seed, long... place) {
        long state = mix(seed + 0x9E3779B97F4A7C15L);
        for (long coordinate : place) {
            state = mix(state + 0x9E3779B97F4A7C15L + mix(coordinate));
        }
        return state;
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
