package org.loupe.adapter.folder;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.loupe.client.ScoreOptions;
import org.loupe.config.ConfigProblems;
import org.loupe.ingest.IngestConfig;
import org.loupe.score.Task;

/**
 * Which folder, and how.
 *
 * @param root an existing directory
 * @param state directory that holds the states of all watched folders; made if it is missing; passed by if it lies below {@code root}
 * @param sidecarName the name of new sidecars, default {@link SidecarName#FULL}
 * @param ratingFrom the task whose level becomes {@code xmp:Rating} where no rating exists; default none: ratings belong to people
 * @param quietPeriod how long a file's size and time of change must have stood still, 0 to 1 h, default 2 s
 * @param sweepEvery time between full sweeps, 1 s to 7 days, default 10 min
 * @param options tasks, model and taste adapter asked for; default everything the server's default model has
 * @param ingest how much at once and how patiently
 */
public record FolderConfig(
        Path root,
        Path state,
        SidecarName sidecarName,
        Optional<Task> ratingFrom,
        Duration quietPeriod,
        Duration sweepEvery,
        ScoreOptions options,
        IngestConfig ingest) {

    /** Copies by other programs pause; longer than any such pause on a healthy disk or network. */
    public static final Duration DEFAULT_QUIET_PERIOD = Duration.ofSeconds(2);

    /** Often enough that a lost notification is no nuisance, seldom enough that a NAS with a million files stays idle. */
    public static final Duration DEFAULT_SWEEP_EVERY = Duration.ofMinutes(10);

    /** Files waiting in the journal beyond this make the search wait: what is known of each is held in memory. */
    private static final long MAX_BACKLOG = 100_000;

    /** @throws IllegalArgumentException naming everything that is wrong, one a line */
    public FolderConfig {
        new ConfigProblems()
                .check(
                        !quietPeriod.isNegative() && quietPeriod.compareTo(Duration.ofHours(1)) <= 0,
                        "folder.quiet-period must be 0..1 h, was %s",
                        quietPeriod)
                .check(
                        sweepEvery.compareTo(Duration.ofSeconds(1)) >= 0
                                && sweepEvery.compareTo(Duration.ofDays(7)) <= 0,
                        "folder.sweep-every must be 1 s..7 days, was %s",
                        sweepEvery)
                .throwIfAny();
    }

    /** Everything at its default, with the state where the user's programs keep theirs. */
    public static FolderConfig of(Path root) {
        Path state = StateDirectory.userDefault(
                System.getenv(), System.getProperty("user.home", ""), System.getProperty("os.name", ""));
        return new FolderConfig(
                root,
                state,
                SidecarName.FULL,
                Optional.empty(),
                DEFAULT_QUIET_PERIOD,
                DEFAULT_SWEEP_EVERY,
                ScoreOptions.DEFAULT,
                IngestConfig.DEFAULT.withMaxBacklog(MAX_BACKLOG));
    }

    public FolderConfig withState(Path other) {
        return new FolderConfig(root, other, sidecarName, ratingFrom, quietPeriod, sweepEvery, options, ingest);
    }

    /** See {@link #sidecarName} and {@link #ratingFrom}. */
    public FolderConfig withSidecars(SidecarName name, Optional<Task> rating) {
        return new FolderConfig(root, state, name, rating, quietPeriod, sweepEvery, options, ingest);
    }

    /** See {@link #quietPeriod} and {@link #sweepEvery}. */
    public FolderConfig withTimes(Duration quiet, Duration sweep) {
        return new FolderConfig(root, state, sidecarName, ratingFrom, quiet, sweep, options, ingest);
    }

    public FolderConfig withOptions(ScoreOptions other) {
        return new FolderConfig(root, state, sidecarName, ratingFrom, quietPeriod, sweepEvery, other, ingest);
    }

    public FolderConfig withIngest(IngestConfig other) {
        return new FolderConfig(root, state, sidecarName, ratingFrom, quietPeriod, sweepEvery, options, other);
    }
}
