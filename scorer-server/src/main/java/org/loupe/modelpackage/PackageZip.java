package org.loupe.modelpackage;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Enumeration;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Unpacks a zipped package. Nothing is written outside the target, and a zip that grows without end is stopped. */
final class PackageZip {
    /** A package has five parts; a few more are room for a report. */
    private static final int MOST_ENTRIES = 64;
    /** The largest weights foreseen are those of a 7B model in fp32, 28 GiB. */
    private static final long MOST_BYTES = 40L << 30;

    private PackageZip() {}

    /**
     * @param target an empty directory
     * @return where the manifest lies: the target, or the one directory at the top of the zip
     */
    static Path unpack(Path zip, Path target, PackageKind kind) throws IOException {
        long[] left = {MOST_BYTES};
        try (ZipFile file = new ZipFile(zip.toFile())) {
            if (file.size() > MOST_ENTRIES) {
                throw invalid(zip + " holds " + file.size() + " entries, a package at most " + MOST_ENTRIES);
            }
            Enumeration<? extends ZipEntry> entries = file.entries();
            while (entries.hasMoreElements()) {
                extract(zip, file, entries.nextElement(), target, left);
            }
        } catch (ZipException e) {
            throw new ScoringException(
                    ErrorReason.MODEL_PACKAGE_INVALID, zip + " is neither a directory nor a zip: " + e.getMessage(), e);
        }
        return top(target, kind);
    }

    private static void extract(Path zip, ZipFile file, ZipEntry entry, Path target, long[] left) throws IOException {
        Path to = target.resolve(entry.getName()).normalize();
        if (!to.startsWith(target) || entry.getName().indexOf('\0') >= 0) {
            throw invalid(zip + " names a place outside itself: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(to);
            return;
        }
        Path parent = to.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = file.getInputStream(entry);
                OutputStream out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
            // counted as they come: the sizes an entry declares may lie
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                left[0] -= n;
                if (left[0] < 0) {
                    throw invalid(zip + " unpacks to more than " + (MOST_BYTES >> 30) + " GiB");
                }
                out.write(buffer, 0, n);
            }
        }
    }

    private static Path top(Path target, PackageKind kind) throws IOException {
        if (Files.exists(target.resolve(kind.manifest()))) {
            return target;
        }
        try (Stream<Path> children = Files.list(target)) {
            List<Path> all = children.toList();
            return all.size() == 1 && Files.isDirectory(all.get(0)) ? all.get(0) : target;
        }
    }

    private static ScoringException invalid(String message) {
        return new ScoringException(ErrorReason.MODEL_PACKAGE_INVALID, message);
    }
}
