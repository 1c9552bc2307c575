package org.loupe.dataset.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;
import org.loupe.score.Task;
import org.loupe.training.data.Scale;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Cell;
import us.hebi.matlab.mat.types.MatFile;
import us.hebi.matlab.mat.types.Matrix;

/** LIVE In the Wild, also called LIVE Challenge or CLIVE. */
final class LiveChallengeSet implements PublishedSet {
    /** Shown to every rater first, to learn the task. */
    private static final Pattern REHEARSAL = Pattern.compile("t\\d+\\.bmp", Pattern.CASE_INSENSITIVE);

    @Override
    public String id() {
        return "live-c";
    }

    @Override
    public String files() {
        return "AllImages_release.mat, AllMOS_release.mat, AllStdDev_release.mat, pictures in Images";
    }

    @Override
    public String origin() {
        return "live.ece.utexas.edu/research/ChallengeDB, on request (ChallengeDB_release)";
    }

    @Override
    public Conversion read(SetFiles files) {
        Path imagesFile = files.labels("AllImages_release.mat");
        Path mosFile = files.labels("AllMOS_release.mat");
        Path stdFile = files.labels("AllStdDev_release.mat");
        Conversion conversion = new Conversion(Task.QUALITY, new Scale(0, 100));
        int rehearsed = 0;
        try {
            Cell names = load(imagesFile).getCell("AllImages_release");
            Matrix mos = load(mosFile).getMatrix("AllMOS_release");
            Matrix std = load(stdFile).getMatrix("AllStdDev_release");
            int n = names.getNumElements();
            if (mos.getNumElements() != n || std.getNumElements() != n) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        "the files do not belong together: " + n + " names, " + mos.getNumElements() + " scores, "
                                + std.getNumElements() + " deviations");
            }
            for (int i = 0; i < n; i++) {
                String name = names.getChar(i).getString();
                if (REHEARSAL.matcher(name).matches()) {
                    rehearsed++;
                } else {
                    conversion.mean(name, files.picture(name), mos.getDouble(i), OptionalDouble.of(std.getDouble(i)));
                }
            }
        } catch (ScoringException e) {
            throw e;
        } catch (
                RuntimeException
                        e) { // the library does not tell which ones mean that a variable is another or of another kind
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    imagesFile.getParent() + " holds MATLAB files, but not with the variables of the release: "
                            + e.getMessage(),
                    e);
        }
        conversion.note("quality: mean opinion 0 (bad) to 100 (excellent), high is good; std over the raters");
        conversion.note(rehearsed + " pictures of the rehearsal (t1.bmp and so on) are left out, as publications do");
        conversion.note("there is no official split");
        return conversion;
    }

    private static MatFile load(Path file) {
        try {
            return Mat5.readFromFile(file.toFile());
        } catch (IOException | RuntimeException e) { // a damaged file shows as any of the two
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    file + " cannot be read as a MATLAB file of version 5: " + e.getMessage()
                            + ". Newer ones (7.3) are HDF5; save it with -v7",
                    e);
        }
    }
}
