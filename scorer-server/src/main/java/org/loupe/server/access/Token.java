package org.loupe.server.access;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** The bearer token of a server, compared in constant time. Immutable. */
public final class Token {
    private static final String SCHEME = "Bearer ";

    private final Optional<String> text;

    private Token(Optional<String> text) {
        this.text = text;
    }

    /** @return the token, if one is asked for */
    public Optional<String> text() {
        return text;
    }

    /** @throws IllegalArgumentException if the token's file does not hold a usable one */
    public static Token of(AccessConfig config) {
        return new Token(config.token().or(() -> config.tokenFile().map(Token::read)));
    }

    private static String read(Path file) {
        try {
            String token = Files.readString(file).lines().findFirst().orElse("").strip();
            if (!isUsable(token)) {
                throw new IllegalArgumentException("access.token-file must hold at least " + AccessConfig.SHORTEST_TOKEN
                        + " printable ASCII characters without spaces in its first line");
            }
            return token;
        } catch (IOException e) {
            throw new IllegalArgumentException("access.token-file cannot be read: " + e.getMessage(), e);
        }
    }

    static boolean isUsable(String token) {
        return token.length() >= AccessConfig.SHORTEST_TOKEN && token.chars().allMatch(c -> c > ' ' && c < 127);
    }

    /**
     * @param authorization value of the authorization header or metadata entry, if there is one
     * @throws ScoringException UNAUTHENTICATED if a token is asked for and this is not it
     */
    public void check(@Nullable String authorization) {
        if (text.isEmpty()) {
            return;
        }
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw new ScoringException(
                    ErrorReason.UNAUTHENTICATED, "this server wants a token: send 'authorization: Bearer <token>'");
        }
        byte[] expected = text.get().getBytes(StandardCharsets.UTF_8);
        byte[] sent = authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(expected, sent)) {
            throw new ScoringException(ErrorReason.UNAUTHENTICATED, "the token is not the one this server wants");
        }
    }
}
