package org.loupe.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.Objects;
import org.loupe.digest.Sha256;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * What every page has around it: head, style, and a content security policy that forbids every connection and every script but the one
 * written in this package, so that nothing that came with a data set could ever run, whatever a browser made of it.
 */
final class PageFrame {
    private static final String STYLE = "report.css";

    private PageFrame() {}

    /**
     * Opens html, and body within it.
     *
     * @param script of this package, empty for none; the same as is given to {@link #close}
     */
    static void open(Markup out, String title, String kind, String script) {
        String style = resource(STYLE);
        out.trusted("<!DOCTYPE html>\n").open("html", "lang", "en");
        out.open("head").leaf("meta", "charset", "utf-8");
        out.leaf("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        out.leaf("meta", "name", "color-scheme", "content", "light dark");
        String scripts = script.isEmpty() ? "'none'" : "'" + digest(script) + "'";
        out.leaf(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                "default-src 'none'; img-src data:; style-src '" + digest(style) + "'; script-src " + scripts
                        + "; base-uri 'none'; form-action 'none'");
        out.element("title", title + " – " + kind);
        out.open("style").trusted(style).close();
        out.close().open("body");
    }

    /** Closes what {@link #open} opened. */
    static void close(Markup out, String script) {
        if (!script.isEmpty()) {
            out.open("script").trusted(script).close();
        }
        out.close().close();
    }

    /** Writes the page; an older one is replaced only once the new one is complete. */
    static void write(String page, Path file) {
        Path whole = file.toAbsolutePath();
        try {
            Files.createDirectories(Objects.requireNonNull(whole.getParent()));
            Path partial = whole.resolveSibling(whole.getFileName() + ".part");
            try {
                Files.writeString(partial, page);
                Files.move(partial, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, "cannot write " + file + ": " + e, e);
        }
    }

    /** @return a text that lies beside this class */
    static String resource(String name) {
        try (InputStream in = PageFrame.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String digest(String text) {
        byte[] digest = Sha256.algorithm().digest(text.getBytes(StandardCharsets.UTF_8));
        return "sha256-" + Base64.getEncoder().encodeToString(digest);
    }
}
