package org.loupe.dataset.convert;

import java.nio.file.Path;

/** One published data set: what it looks like on disk and what its numbers mean. */
interface PublishedSet {
    /** @return its name on the command line */
    String id();

    /** @return the files looked for, anywhere in the folder, for a person */
    String files();

    /** @return where such a set is obtained and under what terms it is given, for a person */
    String origin();

    /**
     * @param files of the folder that was given
     * @throws org.loupe.score.ScoringException INVALID_REQUEST naming what is missing or malformed, IO_FAILED
     */
    Conversion read(SetFiles files);

    /** As {@link #read(SetFiles)}. */
    default Conversion read(Path folder) {
        return read(SetFiles.of(folder));
    }
}
