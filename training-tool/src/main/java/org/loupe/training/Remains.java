package org.loupe.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.scratch.ScratchDirectory;
import org.loupe.training.loop.RunManifest;

/** What stands where a run's results belong. The manifest is written last: results without one are those of a run that was killed. */
final class Remains {
    private Remains() {}

    /**
     * Makes room: a run that goes on writes what comes after its last check point anew.
     *
     * @param results names below the run's directory
     * @throws ScoringException INVALID_REQUEST if a finished run, or one that is not resumed, has left one of them
     */
    static void clear(Path out, List<String> results, boolean resume) {
        for (String name : results) {
            Path there = out.resolve(name);
            if (Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
                if (!resume || Files.exists(out.resolve(RunManifest.FILE))) {
                    throw new ScoringException(
                            ErrorReason.INVALID_REQUEST,
                            there + " exists; results are never overwritten: give another --out"
                                    + (resume ? "" : ", or --resume to go on with a run that was cut off"));
                }
                try {
                    ScratchDirectory.delete(there);
                } catch (IOException e) {
                    throw new ScoringException(
                            ErrorReason.IO_FAILED, "cannot remove the unfinished " + there + ": " + e, e);
                }
            }
        }
    }
}
