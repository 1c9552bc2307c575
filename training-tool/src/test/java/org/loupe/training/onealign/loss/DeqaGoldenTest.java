package org.loupe.training.onealign.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.loupe.export.GoldenSet;

/** DeQA-Score's soft labels and losses against the reference's own. */
class DeqaGoldenTest {
    private static final double SOFT_LABEL_TOLERANCE = 1e-6;
    private static final double GRADIENT_TOLERANCE = 1e-6;

    @Test
    void softLabelsAreTheReferences() throws IOException {
        double worst = 0;
        for (JsonNode run : read("training/deqa_soft_labels.json").get("runs")) {
            boolean height = run.get("density").asText().equals("pdf");
            for (JsonNode row : run.get("rows")) {
                double[] shares = SoftLabel.of(
                        row.get("mos_norm").asDouble(),
                        row.get("std_norm").asDouble(),
                        height ? SoftLabel.Density.HEIGHT : SoftLabel.Density.AREA);
                for (int level = 0; level < shares.length; level++) {
                    double expected = row.get("probs").get(level).asDouble();
                    worst = Math.max(worst, Math.abs(shares[level] - expected));
                    assertThat(shares[level]).as(row.toString()).isCloseTo(expected, within(SOFT_LABEL_TOLERANCE));
                }
            }
        }
        System.out.printf("golden parity: DeQA soft labels %.2e of %.2e%n", worst, SOFT_LABEL_TOLERANCE);
    }

    @Test
    void ordersCostWhatTheySayInTheReference() throws IOException {
        JsonNode root = read("training/deqa_losses.json");
        double allowed = root.get("tolerance").get("loss_abs").asDouble();
        double worst = 0;
        for (JsonNode each : root.get("rank").get("cases")) {
            try (PointerScope scope = new PointerScope()) {
                Tensor a = tensor(each.get("pred_A"));
                a.set_requires_grad(true);
                Tensor b = tensor(each.get("pred_B"));
                Tensor loss = loss(each, a, b);
                worst = Math.max(
                        worst, Math.abs(loss.item_double() - each.get("loss").asDouble()));
                assertThat(loss.item_double())
                        .as(each.get("kind").asText())
                        .isCloseTo(each.get("loss").asDouble(), within(allowed));
                JsonNode gradient = each.get("grad_pred_A");
                if (gradient != null) {
                    loss.backward();
                    for (int i = 0; i < gradient.size(); i++) {
                        assertThat(a.grad().select(0, i).item_double())
                                .isCloseTo(gradient.get(i).asDouble(), within(GRADIENT_TOLERANCE));
                    }
                }
            }
        }
        System.out.printf("golden parity: DeQA rank losses %.2e of %.2e%n", worst, allowed);
    }

    private static Tensor loss(JsonNode each, Tensor a, Tensor b) {
        String kind = each.get("kind").asText();
        boolean fixed = each.path("use_fix_std").asBoolean(true);
        Tensor two = Tensor.create(2f).expand(a.size(0));
        Tensor spread = RankLoss.variance(tensor(each.get("pred_std_A")), tensor(each.get("pred_std_B")));
        Tensor predicted = RankLoss.chance(a, b, fixed ? two : spread);
        PairedLevels.Order order = !kind.startsWith("binary")
                ? PairedLevels.Order.CHANCE
                : kind.endsWith("bce") ? PairedLevels.Order.BINARY_CROSS_ENTROPY : PairedLevels.Order.BINARY_FIDELITY;
        Tensor rated = RankLoss.variance(tensor(each.get("gt_std_A")), tensor(each.get("gt_std_B")));
        return PairedLevels.cost(order, predicted, tensor(each.get("gt_A")), tensor(each.get("gt_B")), rated);
    }

    @Test
    void divergenceFromSoftLabelsIsTheReferences() throws IOException {
        JsonNode root = read("training/deqa_losses.json");
        for (JsonNode each : root.get("soft_kl").get("cases")) {
            try (PointerScope scope = new PointerScope()) {
                int rows = each.get("level_probs").size();
                float[][] logits = new float[rows][];
                float[][] shares = new float[rows][];
                for (int row = 0; row < rows; row++) {
                    int at = each.get("index_in_logits").get(row).asInt();
                    logits[row] = floats(each.get("logits").get(row).get(at));
                    shares[row] = floats(each.get("level_probs").get(row));
                }
                Tensor in = matrix(logits);
                in.set_requires_grad(true);
                Tensor loss = LevelLosses.divergence(in, longs(each.get("level_ids")), shares);
                assertThat(loss.item_double())
                        .isCloseTo(
                                each.get("loss").asDouble(),
                                within(root.get("tolerance").get("loss_abs").asDouble()));
                loss.backward();
                for (int row = 0; row < rows; row++) {
                    for (int word = 0; word < logits[row].length; word++) {
                        assertThat(in.grad().select(0, row).select(0, word).item_double())
                                .isCloseTo(
                                        each.get("grad_at_level_position")
                                                .get(row)
                                                .get(word)
                                                .asDouble(),
                                        within(GRADIENT_TOLERANCE));
                    }
                }
            }
        }
    }

    private static Tensor matrix(float[][] rows) {
        float[] flat = new float[rows.length * rows[0].length];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(rows[row], 0, flat, row * rows[0].length, rows[0].length);
        }
        return Tensor.create(flat, rows.length, rows[0].length);
    }

    private static Tensor tensor(JsonNode array) {
        return Tensor.create(floats(array));
    }

    private static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) array.get(i).asDouble();
        }
        return values;
    }

    private static long[] longs(JsonNode array) {
        long[] values = new long[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asLong();
        }
        return values;
    }

    private static JsonNode read(String file) throws IOException {
        return new ObjectMapper().readTree(Files.readAllBytes(GoldenSet.open().file(file)));
    }
}
