package org.loupe.ingest;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.h2.Driver;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * {@link Journal} in one file of the embedded H2 database. A commit reaches the operating system before its method returns, so it survives
 * {@code kill -9} at any moment; against loss of power it is as safe as the file system's write cache. The operating system's lock on the
 * file keeps a second process out and vanishes with the process.
 */
public final class H2Journal implements Journal {
    /** Messages are cut to this; they are for people, and a stack of causes helps nobody. */
    private static final int MAX_MESSAGE_CHARS = 1000;

    private final Path file;
    private final Connection connection;

    private H2Journal(Path file, Connection connection) {
        this.file = file;
        this.connection = connection;
    }

    /**
     * Opens the journal or makes a new one; parent directories are made.
     *
     * @param file without extension; H2 adds {@code .mv.db}
     * @throws ScoringException IO_FAILED if it cannot be opened, or another process has it open
     */
    public static H2Journal open(Path file) {
        // WRITE_DELAY 0: a commit is written at once and not with the next half second's. FS: no lock file that could
        // stay behind.
        String url = "jdbc:h2:file:" + file.toAbsolutePath()
                + ";WRITE_DELAY=0;FILE_LOCK=FS;DB_CLOSE_ON_EXIT=FALSE;TRACE_LEVEL_FILE=0;TRACE_LEVEL_SYSTEM_OUT=0";
        try {
            Connection connection = new Driver().connect(url, new Properties());
            try (Statement statement = connection.createStatement()) {
                statement.execute("""
                        create table if not exists asset (
                            id varchar(4096) primary key,
                            revision bigint not null,
                            state varchar(10) not null,
                            attempts int not null,
                            accepted_at bigint not null,
                            next_attempt bigint not null,
                            reason varchar(64),
                            message varchar(1000))""");
                statement.execute("create index if not exists asset_due on asset(state, next_attempt)");
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
            return new H2Journal(file, connection);
        } catch (SQLException e) {
            throw new ScoringException(
                    ErrorReason.IO_FAILED,
                    "cannot open the journal " + file + " (is another process using it?): " + e.getMessage(),
                    e);
        }
    }

    @Override
    public synchronized void accept(String assetId, Instant now) {
        if (assetId.isEmpty() || assetId.length() > MAX_ID_CHARS) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, "an asset id must have 1.." + MAX_ID_CHARS + " characters");
        }
        long at = now.toEpochMilli();
        int changed = update(
                "update asset set revision = revision + 1, state = 'PENDING', attempts = 0, accepted_at = ?,"
                        + " next_attempt = ?, reason = null, message = null where id = ?",
                at,
                at,
                assetId);
        if (changed == 0) {
            // The revision starts at the time, so that an asset forgotten and accepted again never meets an old one.
            update(
                    "insert into asset values (?, ?, 'PENDING', 0, ?, ?, null, null)",
                    assetId,
                    System.nanoTime(),
                    at,
                    at);
        }
    }

    @Override
    public synchronized List<JournalEntry> due(Instant now, int limit) {
        return query(
                "select * from asset where state = 'PENDING' and next_attempt <= ? order by next_attempt, id limit ?",
                now.toEpochMilli(),
                limit);
    }

    @Override
    public synchronized void retryLater(JournalEntry entry, ErrorReason reason, String message, Instant nextAttempt) {
        update(
                "update asset set attempts = attempts + 1, reason = ?, message = ?, next_attempt = ?"
                        + " where id = ? and revision = ?",
                reason.name(),
                shortened(message),
                nextAttempt.toEpochMilli(),
                entry.assetId(),
                entry.revision());
    }

    @Override
    public synchronized void park(JournalEntry entry, ErrorReason reason, String message) {
        update(
                "update asset set state = 'PARKED', attempts = attempts + 1, reason = ?, message = ?"
                        + " where id = ? and revision = ?",
                reason.name(),
                shortened(message),
                entry.assetId(),
                entry.revision());
    }

    @Override
    public synchronized void done(JournalEntry entry) {
        update("delete from asset where id = ? and revision = ?", entry.assetId(), entry.revision());
    }

    @Override
    public synchronized List<JournalEntry> list(JournalEntry.State state, int limit) {
        return query("select * from asset where state = ? order by accepted_at, id limit ?", state.name(), limit);
    }

    @Override
    public synchronized long count(JournalEntry.State state) {
        try (PreparedStatement statement =
                prepare("select count(*) from asset where state = ?", new Object[] {state.name()})) {
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    @Override
    public synchronized long retryParked(Instant now) {
        return update(
                "update asset set state = 'PENDING', attempts = 0, accepted_at = ?, next_attempt = ?, reason = null,"
                        + " message = null where state = 'PARKED'",
                now.toEpochMilli(),
                now.toEpochMilli());
    }

    @Override
    public synchronized void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private int update(String sql, Object... values) {
        try (PreparedStatement statement = prepare(sql, values)) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private List<JournalEntry> query(String sql, Object... values) {
        try (PreparedStatement statement = prepare(sql, values);
                ResultSet rows = statement.executeQuery()) {
            List<JournalEntry> entries = new ArrayList<>();
            while (rows.next()) {
                entries.add(new JournalEntry(
                        rows.getString("id"),
                        rows.getLong("revision"),
                        JournalEntry.State.valueOf(rows.getString("state")),
                        rows.getInt("attempts"),
                        Instant.ofEpochMilli(rows.getLong("accepted_at")),
                        Instant.ofEpochMilli(rows.getLong("next_attempt")),
                        Optional.ofNullable(rows.getString("reason")).map(ErrorReason::valueOf),
                        Optional.ofNullable(rows.getString("message"))));
            }
            return entries;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private PreparedStatement prepare(String sql, Object[] values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    private static String shortened(String message) {
        return message.length() <= MAX_MESSAGE_CHARS ? message : message.substring(0, MAX_MESSAGE_CHARS);
    }

    private ScoringException failed(SQLException e) {
        return new ScoringException(
                ErrorReason.IO_FAILED, "the journal " + file + " cannot be used: " + e.getMessage(), e);
    }
}
