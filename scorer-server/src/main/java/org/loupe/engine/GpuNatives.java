package org.loupe.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unpacks ONNX Runtime's GPU natives once a machine instead of once a process: left to itself the runtime copies 600 MB into the temporary
 * directory at every start, and natives that come from two jars it would not find at all. Does nothing where no GPU natives are on the
 * class path or {@code onnxruntime.native.path} says already where they lie.
 */
final class GpuNatives {
    private static final Logger LOG = LoggerFactory.getLogger(GpuNatives.class);
    /** Read by ONNX Runtime when its first class is initialised. */
    private static final String PATH_PROPERTY = "onnxruntime.native.path";

    private static final int OLDEST_CUDA = 12;
    private static final int NEWEST_CUDA = 13;
    private static final int WINDOW = 1 << 20;
    private static final int OVERLAP = 32;

    private static final String OFFICIAL = "ai/onnxruntime/native/linux-x64/";
    private static final String BYTEDECO = "org/bytedeco/onnxruntime/linux-x86_64-gpu/";
    private static final String PROVIDER = "libonnxruntime_providers_cuda.so";

    private GpuNatives() {}

    /** A way of getting at the natives: resource by the file name it gets. */
    private record Route(String name, Map<String, String> resources) {}

    private static final Route CUDA_12 = new Route(
            "cuda12",
            Map.of(
                    PROVIDER,
                    OFFICIAL + PROVIDER,
                    "libonnxruntime_providers_shared.so",
                    OFFICIAL + "libonnxruntime_providers_shared.so",
                    "libonnxruntime.so",
                    OFFICIAL + "libonnxruntime.so",
                    "libonnxruntime4j_jni.so",
                    OFFICIAL + "libonnxruntime4j_jni.so"));
    /** The runtime and its providers from one build, the bridge to Java from the other of the same version. */
    private static final Route CUDA_13 = new Route(
            "cuda13",
            Map.of(
                    PROVIDER,
                    BYTEDECO + PROVIDER,
                    "libonnxruntime_providers_shared.so",
                    BYTEDECO + "libonnxruntime_providers_shared.so",
                    "libonnxruntime.so",
                    BYTEDECO + "libonnxruntime.so.1",
                    "libonnxruntime4j_jni.so",
                    OFFICIAL + "libonnxruntime4j_jni.so"));

    /** Call before the first use of ONNX Runtime; later calls do nothing. */
    static synchronized void prepare() {
        boolean ours = System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64"); // elsewhere the runtime's own way is the only one
        if (!ours || System.getProperty(PATH_PROPERTY) != null) {
            return;
        }
        for (Route route : List.of(CUDA_13, CUDA_12)) {
            URL provider = resource(route.resources().getOrDefault(PROVIDER, ""));
            if (provider != null) {
                try {
                    Path folder = unpacked(route, provider);
                    System.setProperty(PATH_PROPERTY, folder.toString());
                    LOG.debug("ONNX Runtime's natives for {} are in {}", route.name(), folder);
                } catch (IOException e) {
                    throw new UncheckedIOException("the GPU natives could not be unpacked into " + cache(), e);
                }
                return;
            }
        }
    }

    /**
     * @return which CUDA the natives want: the CUDA provider names its libraries, such as libcudart.so.12, among its strings; 0 if it
     *     names none that is known. Call after {@link #prepare}
     */
    static int cudaMajor() {
        String folder = System.getProperty(PATH_PROPERTY);
        if (folder == null) {
            return 0;
        }
        try (FileChannel file = FileChannel.open(Path.of(folder, PROVIDER), StandardOpenOption.READ)) {
            ByteBuffer window = ByteBuffer.allocate(WINDOW);
            while (file.read(window) >= 0) {
                String text = new String(window.array(), 0, window.position(), StandardCharsets.ISO_8859_1);
                for (int major = OLDEST_CUDA; major <= NEWEST_CUDA; major++) {
                    if (text.contains("libcudart.so." + major)) {
                        return major;
                    }
                }
                // the end is looked at again, a name may lie across it
                window.flip().position(Math.max(0, window.limit() - OVERLAP));
                window.compact();
            }
        } catch (IOException unreadable) {
            LOG.warn("{} cannot be read", folder, unreadable);
        }
        return 0;
    }

    private static Path unpacked(Route route, URL provider) throws IOException {
        Path folder = cache().resolve("onnxruntime-" + route.name() + "-" + identity(provider));
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return folder;
        }
        Files.createDirectories(folder.getParent());
        Path staging = Files.createTempDirectory(folder.getParent(), ".unpacking");
        try {
            for (Map.Entry<String, String> file : route.resources().entrySet()) {
                URL from = resource(file.getValue());
                if (from == null) {
                    throw new IOException(file.getValue() + " is not on the class path");
                }
                try (InputStream in = from.openStream()) {
                    Files.copy(in, staging.resolve(file.getKey()));
                }
            }
            Files.move(staging, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            delete(staging);
            if (!Files.isDirectory(folder)) { // else another process was quicker
                throw e;
            }
        }
        return folder;
    }

    /** Another version lies in another jar, so the jar's name and the size of what it holds tell them apart. */
    private static String identity(URL provider) throws IOException {
        String jar =
                provider.toString().replaceAll("!.*", "").replaceAll(".*/", "").replaceAll("[^\\w.-]", "");
        return jar.replaceAll("\\.jar$", "") + "-" + provider.openConnection().getContentLengthLong();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }

    /** The user's own: a directory that others can write to is no place for what this process executes. */
    private static Path cache() {
        return Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                .filter(text -> !text.isBlank())
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
                .resolve("loupe");
    }

    private static @Nullable URL resource(String name) {
        return GpuNatives.class.getClassLoader().getResource(name);
    }
}
