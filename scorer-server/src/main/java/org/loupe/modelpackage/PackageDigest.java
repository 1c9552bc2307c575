package org.loupe.modelpackage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * SHA-256 over everything in a package but its manifest. Files are taken in the order of their relative names (with {@code /}, compared
 * as UTF-16); each contributes the length of its name in UTF-8 bytes (4 bytes), the name, its size (8 bytes) and its content; numbers
 * are big-endian. The lengths keep two different packages from running together to the same bytes.
 */
public final class PackageDigest {
    /** Stands in a manifest until the package's other files are written: no package has it. */
    public static final String NONE_YET = "0".repeat(64);

    private PackageDigest() {}

    /**
     * @param directory an unpacked model package
     * @return 64 lower-case hexadecimal digits
     * @throws ScoringException MODEL_PACKAGE_INVALID if something in it is neither file nor directory
     */
    public static String of(Path directory) throws IOException {
        return of(directory, PackageKind.MODEL);
    }

    static String of(Path directory, PackageKind kind) throws IOException {
        MessageDigest digest = Sha256.algorithm();
        byte[] buffer = new byte[1 << 16];
        for (Path file : files(directory, kind)) {
            byte[] name = relativeName(directory, file).getBytes(StandardCharsets.UTF_8);
            digest.update(ByteBuffer.allocate(4).putInt(name.length).flip());
            digest.update(name);
            digest.update(ByteBuffer.allocate(8).putLong(Files.size(file)).flip());
            try (InputStream in = Files.newInputStream(file)) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    digest.update(buffer, 0, n);
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** @return every file but the manifest, sorted by relative name */
    static List<Path> files(Path directory, PackageKind kind) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            List<Path> files = all.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .filter(path -> !relativeName(directory, path).equals(kind.manifest()))
                    .sorted((a, b) -> relativeName(directory, a).compareTo(relativeName(directory, b)))
                    .toList();
            for (Path file : files) {
                if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    throw new ScoringException(
                            ErrorReason.MODEL_PACKAGE_INVALID,
                            file + " is a link or a special file; a package holds plain files only");
                }
            }
            return files;
        }
    }

    private static String relativeName(Path directory, Path file) {
        return directory.relativize(file).toString().replace('\\', '/');
    }
}
