package org.loupe.training.teacher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A package of the teacher's layout whose weights are random: as large, and as wise as its seed. */
public final class RandomTeacher {
    private static final int[] WIDTHS = {16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160};

    private RandomTeacher() {}

    /** @return the folder, as npm would unpack it */
    public static Path write(Path folder, long seed) {
        Map<String, int[]> shapes = new LinkedHashMap<>();
        shapes.put("Conv1/kernel", new int[] {3, 3, 3, 32});
        norm(shapes, "bn_Conv1", 32);
        shapes.put("expanded_conv_depthwise/depthwise_kernel", new int[] {3, 3, 32, 1});
        norm(shapes, "expanded_conv_depthwise_BN", 32);
        shapes.put("expanded_conv_project/kernel", new int[] {1, 1, 32, 16});
        norm(shapes, "expanded_conv_project_BN", 16);
        for (int block = 1; block < WIDTHS.length; block++) {
            String name = "block_" + block;
            int wide = 6 * WIDTHS[block - 1];
            shapes.put(name + "_expand/kernel", new int[] {1, 1, WIDTHS[block - 1], wide});
            norm(shapes, name + "_expand_BN", wide);
            shapes.put(name + "_depthwise/depthwise_kernel", new int[] {3, 3, wide, 1});
            norm(shapes, name + "_depthwise_BN", wide);
            shapes.put(name + "_project/kernel", new int[] {1, 1, wide, WIDTHS[block]});
            norm(shapes, name + "_project_BN", WIDTHS[block]);
        }
        try {
            return write(folder, shapes, new Random(seed));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void norm(Map<String, int[]> shapes, String name, int channels) {
        for (String part : new String[] {"gamma", "beta", "moving_mean", "moving_variance"}) {
            shapes.put(name + "/" + part, new int[] {channels});
        }
    }

    private static Path write(Path folder, Map<String, int[]> shapes, Random random) throws IOException {
        StringBuilder manifest = new StringBuilder("e.exports={weightsManifest:[{paths:[\"x\"],weights:[");
        int bytes = 0;
        for (Map.Entry<String, int[]> entry : shapes.entrySet()) {
            int[] shape = entry.getValue();
            int count = 1;
            int seen = 1; // by one output
            for (int i = 0; i < shape.length; i++) {
                count *= shape[i];
                seen *= i < shape.length - 1 ? shape[i] : 1;
            }
            String name = entry.getKey();
            boolean positive = name.endsWith("gamma") || name.endsWith("variance");
            // uniform, so that every layer's answers stay about as large as those of the one before
            double widest = positive ? 1 : name.contains("kernel") ? Math.sqrt(3.0 / seen) : 0.2;
            double min = positive ? 0.5 : -widest;
            double max = positive ? 1.5 : widest;
            manifest.append(bytes == 0 ? "" : ",")
                    .append("{name:\"")
                    .append(name)
                    .append("\",shape:[");
            for (int i = 0; i < shape.length; i++) {
                manifest.append(i == 0 ? "" : ",").append(shape[i]);
            }
            manifest.append("],dtype:\"float32\",quantization:{dtype:\"uint8\",min:")
                    .append(min)
                    .append(",scale:")
                    .append((max - min) / 255)
                    .append("}}");
            bytes += count;
        }
        byte[] weights = new byte[bytes];
        random.nextBytes(weights);
        Path models = Files.createDirectories(folder.resolve("dist/models/mobilenet_v2"));
        Files.writeString(
                models.resolve("model.min.js"), manifest.append("]}]};").toString());
        Files.writeString(
                models.resolve("group1-shard1of1.min.js"),
                "module.exports=\"" + Base64.getEncoder().encodeToString(weights) + "\";");
        return folder;
    }
}
