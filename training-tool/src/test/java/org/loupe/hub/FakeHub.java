package org.loupe.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A hub with one repository and, on another port and so another origin, the storage it redirects to for large files. Misbehaves as told. */
final class FakeHub implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    static final String REPOSITORY = "team/model";
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Small enough for a throttled server to send several in each file. */
    private static final int SLICE = 16 << 10;

    /** What one request for a file's bytes meets instead of its bytes. */
    enum Fault {
        DROP_MIDWAY,
        WRONG_BYTES,
        STALL,
        BUSY,
        BROKEN,
        OTHER_ETAG
    }

    private record Content(byte[] bytes, boolean large) {}

    private final Map<String, Content> files = new LinkedHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer hub = server();
    private final HttpServer storage = server();
    private final AtomicLong bytesSent = new AtomicLong();
    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private final List<String> hubTokens = new CopyOnWriteArrayList<>();
    private final List<String> storageTokens = new CopyOnWriteArrayList<>();

    private final CompletableFuture<Void> awaited = new CompletableFuture<>();
    private volatile long awaitedBytes = Long.MAX_VALUE;

    final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    volatile String commit = COMMIT;
    volatile boolean ignoresRanges;
    volatile boolean alwaysWrong;
    volatile boolean alwaysBusy;
    volatile String requiredToken = "";
    volatile String licence = "mit";
    volatile long nanosPerSlice;

    FakeHub() {
        hub.createContext("/api/", this::describe);
        hub.createContext("/" + REPOSITORY + "/resolve/", this::resolve);
        storage.createContext("/blob/", exchange -> {
            note(exchange, storageTokens);
            send(exchange, exchange.getRequestURI().getPath().substring("/blob/".length()));
        });
        hub.start();
        storage.start();
    }

    private HttpServer server() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            return server;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    FakeHub with(String path, byte[] bytes, boolean large) {
        files.put(path, new Content(bytes, large));
        return this;
    }

    URI address() {
        return URI.create("http://" + hub.getAddress().getHostString() + ":"
                + hub.getAddress().getPort());
    }

    /** @return completes when so many bytes of files have been sent; ask before */
    CompletableFuture<Void> sent(long bytes) {
        awaitedBytes = bytes;
        return awaited;
    }

    long bytesSent() {
        return bytesSent.get();
    }

    /** Range headers of the requests for bytes; "all" where there was none. */
    List<String> ranges() {
        return ranges;
    }

    List<String> hubTokens() {
        return hubTokens;
    }

    List<String> storageTokens() {
        return storageTokens;
    }

    private void note(HttpExchange exchange, List<String> tokens) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        if (header != null) {
            tokens.add(header);
        }
    }

    private boolean refused(HttpExchange exchange) throws IOException {
        note(exchange, hubTokens);
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        if (!requiredToken.isEmpty() && !("Bearer " + requiredToken).equals(given)) {
            exchange.sendResponseHeaders(given == null ? 401 : 403, -1);
            exchange.close();
            return true;
        }
        return false;
    }

    private void describe(HttpExchange exchange) throws IOException {
        if (refused(exchange)) {
            return;
        }
        if (!exchange.getRequestURI().getPath().startsWith("/api/models/" + REPOSITORY + "/revision/")) {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
            return;
        }
        ObjectNode root = JSON.createObjectNode().put("id", REPOSITORY).put("sha", commit);
        if (!licence.isEmpty()) {
            root.putObject("cardData").put("license", licence);
        }
        ArrayNode siblings = root.putArray("siblings");
        files.forEach((path, content) -> {
            ObjectNode file = siblings.addObject()
                    .put("rfilename", path)
                    .put("size", content.bytes().length)
                    .put("blobId", blobId(content.bytes()));
            if (content.large()) {
                file.putObject("lfs").put("sha256", sha256(content.bytes())).put("size", content.bytes().length);
            }
        });
        byte[] body = JSON.writeValueAsBytes(root);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private void resolve(HttpExchange exchange) throws IOException {
        if (refused(exchange)) {
            return;
        }
        String path =
                exchange.getRequestURI().getPath().substring(("/" + REPOSITORY + "/resolve/" + commit + "/").length());
        Content content = files.get(path);
        if (content != null && content.large()) {
            exchange.getResponseHeaders()
                    .add(
                            "Location",
                            "http://" + storage.getAddress().getHostString() + ":"
                                    + storage.getAddress().getPort() + "/blob/" + path);
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        } else {
            send(exchange, path);
        }
    }

    private void send(HttpExchange exchange, String path) throws IOException {
        Content content = files.get(path);
        if (content == null) {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
            return;
        }
        String header = exchange.getRequestHeaders().getFirst("Range");
        ranges.add(header == null ? "all" : header);
        Fault fault = content.large() ? faults.poll() : null;
        if (fault == Fault.BUSY || (alwaysBusy && content.large())) {
            exchange.getResponseHeaders().add("Retry-After", "0");
            exchange.sendResponseHeaders(429, -1);
            exchange.close();
            return;
        }
        if (fault == Fault.BROKEN) {
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
            return;
        }
        byte[] bytes = content.bytes().clone();
        if (fault == Fault.WRONG_BYTES || (alwaysWrong && content.large())) {
            for (int i = 0; i < bytes.length; i += 1000) {
                bytes[i] ^= 1;
            }
        }
        exchange.getResponseHeaders()
                .add("ETag", fault == Fault.OTHER_ETAG ? "\"other\"" : "\"" + sha256(content.bytes()) + "\"");
        int from = 0;
        int to = bytes.length;
        if (header != null && !ignoresRanges) {
            String[] bounds = header.substring("bytes=".length()).split("-");
            from = Integer.parseInt(bounds[0]);
            to = Math.min(to, Integer.parseInt(bounds[1]) + 1);
            exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + bytes.length);
            exchange.sendResponseHeaders(206, to - from);
        } else {
            exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
        }
        int stop = fault == Fault.DROP_MIDWAY || fault == Fault.STALL ? from + (to - from) / 2 : to;
        OutputStream out = exchange.getResponseBody();
        try {
            for (int at = from; at < stop; at += SLICE) {
                int count = Math.min(SLICE, stop - at);
                out.write(bytes, at, count);
                out.flush();
                if (bytesSent.addAndGet(count) >= awaitedBytes) {
                    awaited.complete(null);
                }
                if (nanosPerSlice > 0) {
                    LockSupport.parkNanos(nanosPerSlice);
                }
            }
            if (fault == Fault.STALL) {
                LockSupport.parkNanos(2_000_000_000L); // longer than the client's patience
            }
        } catch (IOException clientWentAway) {
            exchange.close();
            return;
        }
        if (stop < to) {
            throw new IOException(
                    "as told"); // the server closes the connection for it, which closing the exchange does not
        }
        out.close();
    }

    static String sha256(byte[] bytes) {
        return hex("SHA-256", bytes, new byte[0]);
    }

    static String blobId(byte[] bytes) {
        return hex("SHA-1", ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII), bytes);
    }

    private static String hex(String algorithm, byte[] first, byte[] second) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(first);
            return HexFormat.of().formatHex(digest.digest(second));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }
}
