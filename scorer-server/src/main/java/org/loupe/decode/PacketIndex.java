package org.loupe.decode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The frames that are really in a video, from one pass over its packets without decoding: how many, when each is shown, and where
 * decoding can start. A container's own frame count is missing in some formats and wrong in files that were cut short.
 */
final class PacketIndex {
    /** Four hours at 250 frames a second; a file of more packets is no clip. Bounds the arrays to some 60 MB. */
    static final int MAX_PACKETS = 3_600_000;

    private long[] times = new long[1024];
    private long[] sorted = new long[0];
    private long[] keyTimes = new long[64];
    private long[] keySeeks = new long[64];
    private int[] keyPackets = new int[64];
    private long start;
    private int count;
    private int keys;

    /**
     * One packet, in the file's order.
     *
     * @param time presentation time, stream units
     * @param seek decoding time, by which containers are sought
     */
    void add(long time, long seek, boolean key) {
        if (count == MAX_PACKETS) {
            throw Refusal.tooLarge("the video has more frames", MAX_PACKETS);
        }
        if (count == times.length) {
            times = Arrays.copyOf(times, 2 * count);
        }
        if (key) {
            if (keys == keyTimes.length) {
                keyTimes = Arrays.copyOf(keyTimes, 2 * keys);
                keySeeks = Arrays.copyOf(keySeeks, 2 * keys);
                keyPackets = Arrays.copyOf(keyPackets, 2 * keys);
            }
            keyTimes[keys] = time;
            keySeeks[keys] = seek;
            keyPackets[keys++] = count;
        }
        start = count == 0 ? seek : Math.min(start, seek);
        times[count++] = time;
    }

    /** Ends the pass. */
    void complete() {
        sorted = Arrays.copyOf(times, count);
        Arrays.sort(sorted); // the file holds frames in decoding order
        times = new long[0];
    }

    int frames() {
        return count;
    }

    /** @return decoding time of the first packet */
    long start() {
        return start;
    }

    /** @return presentation time of the frame with that index in presentation order */
    long time(int frame) {
        return sorted[frame];
    }

    /**
     * The best place to start decoding for a frame.
     *
     * @param time presentation time of the wanted frame
     * @param packet number of the next packet in decoding order if decoding simply went on
     * @return a key frame that lies ahead of {@code packet} and not behind the wanted frame; null where going on is at least as short
     */
    @Nullable
    KeyFrame keyFrameAhead(long time, int packet) {
        for (int i = keys - 1; i >= 0 && keyPackets[i] > packet; i--) {
            if (keyTimes[i] <= time) {
                return new KeyFrame(keySeeks[i], keyPackets[i]);
            }
        }
        return null;
    }

    /**
     * @param seek decoding time to seek to
     * @param packet its number in decoding order
     */
    record KeyFrame(long seek, int packet) {}
}
