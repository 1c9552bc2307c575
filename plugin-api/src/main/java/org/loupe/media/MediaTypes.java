package org.loupe.media;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.mime.MediaType;
import org.apache.tika.mime.MimeTypes;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Media types by content. The bytes decide; a file name never overrules them. It only tells apart what bytes of that length cannot:
 * camera raw files that are TIFF inside, and QuickTime files under a generic MP4 brand. Safe for use by many threads.
 */
public final class MediaTypes {
    /** How much of a file is looked at; Tika's longest search in an image or video reaches no further. */
    public static final int PREFIX_BYTES = 64 * 1024;

    /** What is said of bytes nobody recognises. */
    public static final String UNKNOWN = "application/octet-stream";

    private static final Set<String> STILLS = Set.of(
            "image/jpeg",
            "image/png",
            "image/webp",
            "image/gif",
            "image/bmp",
            "image/tiff",
            "image/heic",
            "image/heif",
            "image/avif");
    private static final Set<String> VIDEOS =
            Set.of("video/mp4", "video/quicktime", "video/webm", "video/x-matroska", "video/x-msvideo");

    private static final MimeTypes TIKA = MimeTypes.getDefaultMimeTypes();
    private static final byte[] EBML = {0x1A, 0x45, (byte) 0xDF, (byte) 0xA3};
    /** The EBML header with its document type is some forty bytes; further on "webm" may stand by chance. */
    private static final int EBML_HEADER_BYTES = 64;

    private MediaTypes() {}

    /** As {@link #detect(byte[], String)} without a name. */
    public static String detect(byte[] bytes) {
        return detect(bytes, null);
    }

    /**
     * @param bytes the file, or at least its first {@link #PREFIX_BYTES}; not changed, not kept
     * @param fileName the file's name if known; directories before it do no harm
     * @return lower-case {@code type/subtype} without parameters; {@link #UNKNOWN} for what nobody recognises, an empty array included
     */
    public static String detect(byte[] bytes, @Nullable String fileName) {
        byte[] prefix = bytes.length > PREFIX_BYTES ? Arrays.copyOf(bytes, PREFIX_BYTES) : bytes;
        if (isoBrandAt(prefix)) {
            return isoBaseMedia(prefix, fileName);
        }
        if (prefix.length >= EBML.length && Arrays.equals(prefix, 0, EBML.length, EBML, 0, EBML.length)) {
            String header =
                    new String(prefix, 0, Math.min(prefix.length, EBML_HEADER_BYTES), StandardCharsets.ISO_8859_1);
            return header.contains("webm") ? "video/webm" : "video/x-matroska";
        }
        String type = tika(prefix, null);
        return switch (type) {
            case "image/apng" -> "image/png"; // scored by its first picture, as any reader of PNG shows it
            case "image/x-ms-bmp", "image/x-bmp" -> "image/bmp";
            case "image/tiff" -> rawByName(fileName);
            default -> type;
        };
    }

    /**
     * @param file a readable file; its name is used as {@link #detect(byte[], String)} says
     * @throws ScoringException IO_FAILED if it cannot be read
     */
    public static String detect(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return detect(in.readNBytes(PREFIX_BYTES), String.valueOf(file.getFileName()));
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** @return whether the type is a still picture that is scored */
    public static boolean isStill(String mediaType) {
        return STILLS.contains(mediaType);
    }

    /** @return whether the type is a video that is scored */
    public static boolean isVideo(String mediaType) {
        return VIDEOS.contains(mediaType);
    }

    /** @return whether media of the type are scored at all */
    public static boolean isSupported(String mediaType) {
        return isStill(mediaType) || isVideo(mediaType);
    }

    /** @return every type that is scored, in alphabetical order; a fresh set */
    public static Set<String> supported() {
        Set<String> all = new TreeSet<>(STILLS);
        all.addAll(VIDEOS);
        return all;
    }

    private static boolean isoBrandAt(byte[] prefix) {
        return prefix.length >= 12 && "ftyp".equals(ascii(prefix, 4));
    }

    /**
     * The ISO base media family by its major brand. Without a name Tika takes a generic brand for QuickTime, so the brand is read here;
     * what the family's players treat alike (3GPP, M4V) is one type, because the decoder is one.
     */
    private static String isoBaseMedia(byte[] prefix, @Nullable String fileName) {
        String brand = ascii(prefix, 8);
        return switch (brand) {
            case "qt  " -> "video/quicktime";
            case "M4A ", "M4B ", "M4P " -> "audio/mp4";
            case "avif", "avis" -> "image/avif";
            case "heic", "heix", "heim", "heis", "hevc", "hevx" -> "image/heic";
            case "mif1", "msf1" -> heifFlavour(prefix);
            case "crx " -> "image/x-canon-cr3";
            default -> endsWith(fileName, ".mov") || endsWith(fileName, ".qt") ? "video/quicktime" : "video/mp4";
        };
    }

    private static String heifFlavour(byte[] prefix) {
        int boxBytes = ByteBuffer.wrap(prefix).getInt();
        int end = Math.min(Math.max(boxBytes, 16), prefix.length);
        for (int at = 16; at + 4 <= end; at += 4) {
            switch (ascii(prefix, at)) {
                case "avif" -> {
                    return "image/avif";
                }
                case "heic", "heix" -> {
                    return "image/heic";
                }
                default -> {}
            }
        }
        return "image/heif";
    }

    /** Most camera raw files are TIFF whose first picture is a thumbnail; scoring that would be a guess. */
    private static String rawByName(@Nullable String fileName) {
        if (fileName == null) {
            return "image/tiff";
        }
        MediaType byName = MediaType.parse(tika(new byte[0], fileName));
        boolean special =
                byName != null && TIKA.getMediaTypeRegistry().isSpecializationOf(byName, MediaType.image("tiff"));
        boolean raw = byName != null
                && (byName.getSubtype().startsWith("x-raw")
                        || byName.getSubtype().startsWith("x-adobe-dng"));
        return special || raw ? byName.getBaseType().toString() : "image/tiff";
    }

    private static String tika(byte[] prefix, @Nullable String fileName) {
        Metadata metadata = new Metadata();
        if (fileName != null) {
            metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, fileName);
        }
        try (InputStream in = new ByteArrayInputStream(prefix)) {
            return TIKA.detect(prefix.length == 0 ? null : in, metadata)
                    .getBaseType()
                    .toString();
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }

    private static String ascii(byte[] bytes, int at) {
        return new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
    }

    private static boolean endsWith(@Nullable String name, String extension) {
        return name != null
                && name.regionMatches(true, name.length() - extension.length(), extension, 0, extension.length());
    }
}
