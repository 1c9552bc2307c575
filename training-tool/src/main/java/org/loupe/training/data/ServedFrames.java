package org.loupe.training.data;

import java.util.ArrayList;
import java.util.List;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaInfo;
import org.loupe.decode.MediaSource;
import org.loupe.decode.Orientation;
import org.loupe.modelpackage.Manifest.MediaKind;
import org.loupe.preprocess.Preprocessor;

/**
 * The pixels that a server would show its model: the same decoder with the same limits, one frame a second of a clip, the model's own
 * preprocessing. Safe for many threads.
 */
public final class ServedFrames {
    /** Half a minute; at the small model's largest frame 50 MB. Published video sets have clips of some ten seconds. */
    public static final int MOST = 32;

    private final MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
    private final Preprocessor preprocessor;

    /** @param preprocessor of the model that is trained */
    public ServedFrames(Preprocessor preprocessor) {
        this.preprocessor = preprocessor;
    }

    /**
     * What a medium shows.
     *
     * @param clip whether it is a video
     * @param frames one of a still; of a clip one a second, or, if it lasts longer than {@link #MOST} seconds, one every 2, 4, 8, ...
     *     seconds, so that there are between half of that and all of it
     */
    public record Shown(boolean clip, List<Frame> frames) {
        public Shown {
            frames = List.copyOf(frames);
        }
    }

    /**
     * @return how many frames {@link #of} shows of a medium, which is not decoded
     * @throws org.loupe.score.ScoringException as {@link MediaDecoder#frames}
     */
    public int count(MediaSource media) {
        int seconds = decoder.frames(media);
        int stride = 1;
        while ((seconds + stride - 1) / stride > MOST) {
            stride *= 2;
        }
        return (seconds + stride - 1) / stride;
    }

    /** @throws org.loupe.score.ScoringException as {@link MediaDecoder#decode} */
    public Shown of(MediaSource media) {
        List<Frame> frames = new ArrayList<>();
        int[] stride = {1};
        DecodeRequest request = new DecodeRequest(preprocessor::decodeReduction, Orientation.APPLY);
        MediaInfo info = decoder.decode(media, request, (index, frame) -> {
            if (index % stride[0] != 0) {
                return;
            }
            if (frames.size() == MOST) {
                for (int i = MOST - 1; i > 0; i -= 2) { // every second one goes, from the end
                    frames.remove(i);
                }
                stride[0] *= 2;
                if (index % stride[0] != 0) {
                    return;
                }
            }
            frames.add(preprocessor.apply(frame));
        });
        return new Shown(info.kind() == MediaKind.VIDEO, frames);
    }
}
