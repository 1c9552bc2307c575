package org.loupe.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Asks a hub and whoever it refers to. The token goes to the hub's own origin and nowhere else; an encrypted way is never left for an
 * open one. Safe for use by many threads.
 */
final class HubHttp implements AutoCloseable {
    /** Hubs redirect to a mirror, to storage, to a region; more is a loop. */
    private static final int MOST_REDIRECTS = 6;

    private static final Duration CONNECT = Duration.ofSeconds(20);

    private final URI hub;
    private final Optional<String> token;
    private final HubPolicy policy;
    private final StallGuard guard;
    private final HttpClient client;

    /**
     * @param hub scheme, host and port, perhaps a path before everything the hub serves
     * @param token empty for none
     * @throws ScoringException INVALID_REQUEST if the token would travel in the clear
     */
    HubHttp(URI hub, Optional<String> token, HubPolicy policy) {
        if (token.isPresent() && !"https".equals(hub.getScheme()) && !isLoopback(hub)) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST,
                    "the token would go to " + hub + " unencrypted; use https or unset HF_TOKEN");
        }
        this.hub = hub;
        this.token = token;
        this.policy = policy;
        this.guard = new StallGuard(policy.stall());
        this.client = HttpClient.newBuilder()
                .version(
                        HttpClient.Version
                                .HTTP_1_1) // one connection a request: streams of one connection share its speed
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER) // the client would take the token along
                .build();
    }

    private static boolean isLoopback(URI address) {
        try {
            return InetAddress.getByName(address.getHost()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * What came back, its body unread.
     *
     * @param status 200 or 206, or 416 if a range was asked for
     * @param headers of the last answer
     * @param hubHeaders of the hub's own answer, which knows the commit and the content's name
     * @param body the caller closes it
     */
    record Answer(int status, HttpHeaders headers, HttpHeaders hubHeaders, InputStream body) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    /**
     * Makes one attempt.
     *
     * @param path below the hub, encoded
     * @param range empty for everything
     * @throws HubTrouble if another attempt may go better
     * @throws ScoringException if not: UNAUTHENTICATED, MODEL_NOT_FOUND or HUB_FAILED
     */
    Answer get(String path, Optional<ByteRanges.Range> range) throws HubTrouble {
        URI address = URI.create(hub + path);
        HttpHeaders hubHeaders = null;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HttpResponse<InputStream> response = send(address, range);
            if (hubHeaders == null) {
                hubHeaders = response.headers();
            }
            int status = response.statusCode();
            if (status == 200 || status == 206 || status == 416) {
                return new Answer(status, response.headers(), hubHeaders, guard.watch(response.body()));
            }
            closeQuietly(response.body());
            if (status < 300 || status > 399) {
                throw refusal(status, address, response.headers());
            }
            address = next(address, response.headers());
        }
        throw new ScoringException(ErrorReason.HUB_FAILED, "the hub redirects without end from " + hub + path);
    }

    private HttpResponse<InputStream> send(URI address, Optional<ByteRanges.Range> range) throws HubTrouble {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .timeout(policy.stall()) // until the answer begins; then the guard watches
                .header("User-Agent", "loupe")
                .header("Accept-Encoding", "identity");
        if (sameOrigin(address)) {
            token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        }
        range.ifPresent(bytes -> request.header("Range", "bytes=" + bytes.from() + "-" + (bytes.to() - 1)));
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new HubTrouble(host(address) + " could not be reached or broke off: " + e, null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ScoringException(ErrorReason.CANCELLED, "the download was stopped", e);
        }
    }

    private boolean sameOrigin(URI address) {
        return String.valueOf(address.getScheme()).equalsIgnoreCase(hub.getScheme())
                && String.valueOf(address.getHost()).equalsIgnoreCase(hub.getHost())
                && port(address) == port(hub);
    }

    private static int port(URI address) {
        return address.getPort() >= 0 ? address.getPort() : "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
    }

    private static URI next(URI address, HttpHeaders headers) {
        String location = headers.firstValue("Location").orElse("");
        URI target;
        try {
            target = address.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new ScoringException(ErrorReason.HUB_FAILED, host(address) + " redirects to no address", e);
        }
        String scheme = String.valueOf(target.getScheme()).toLowerCase(Locale.ROOT);
        boolean encrypted = scheme.equals("https");
        if (location.isEmpty()
                || target.getHost() == null
                || !(encrypted || (scheme.equals("http") && !"https".equals(address.getScheme())))) {
            throw new ScoringException(
                    ErrorReason.HUB_FAILED, host(address) + " redirects to where a download must not go");
        }
        return target;
    }

    /** @return what another attempt may mend; throws what none will */
    private HubTrouble refusal(int status, URI address, HttpHeaders headers) {
        // storage that forbids a signed address has let it grow old: the hub signs a new one for the next attempt
        boolean stale = status == 403 && !sameOrigin(address);
        if (stale || status == 408 || status == 425 || status == 429 || status >= 500) {
            return new HubTrouble(
                    host(address) + " answered " + status,
                    headers.firstValue("Retry-After").flatMap(HubHttp::delay).orElse(null),
                    null);
        }
        throw switch (status) {
            case 401, 403 -> new ScoringException(ErrorReason.UNAUTHENTICATED, unauthenticated(status, address));
            case 404, 410 ->
                new ScoringException(
                        ErrorReason.MODEL_NOT_FOUND,
                        host(address) + " has nothing at " + address.getPath()
                                + "; check the repository's name and revision");
            default ->
                new ScoringException(
                        ErrorReason.HUB_FAILED, host(address) + " answered " + status + " for " + address.getPath());
        };
    }

    private String unauthenticated(int status, URI address) {
        String text =
                host(address) + " answered " + status + ": the repository does not exist or is not open to everybody. ";
        return token.isEmpty()
                ? text
                        + "If it asks for agreement or is private, agree on its page and set HF_TOKEN to an access token of yours"
                : text + "HF_TOKEN is set, but its account has no access; agree to the repository's terms on its page";
    }

    private static Optional<Duration> delay(String header) {
        try {
            return Optional.of(Duration.ofSeconds(Long.parseLong(header.strip())));
        } catch (NumberFormatException e) {
            return dateDelay(header.strip());
        }
    }

    private static Optional<Duration> dateDelay(String header) {
        try {
            ZonedDateTime at = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME);
            Duration wait = Duration.between(ZonedDateTime.now(at.getZone()), at);
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static String host(URI address) {
        return String.valueOf(address.getHost());
    }

    private static void closeQuietly(InputStream body) {
        try {
            body.close();
        } catch (IOException alreadyBroken) {
            return;
        }
    }

    @Override
    public void close() {
        guard.close();
    }
}
