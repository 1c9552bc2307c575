package org.loupe.export;

import java.io.IOException;
import java.util.List;
import org.loupe.checkpoint.OneAlignConfig;

/**
 * Image rows and a prompt to level logits: one pass of the language model over {@code [cached prefix] image rows, text after them}.
 *
 * <p>Token {@code t} of a row's sequence (image rows first) has the position {@code prefix + t}, the same for every prompt, because prefixes
 * are padded on the left. Text after the image is padded on the right; nothing that counts looks at that padding, since everything before it
 * comes before it. The last layer answers for one token of each row only.
 */
final class Prefill {
    private static final String ROOT = "model";
    private static final String TEXT = "0";
    private static final String IMAGE = "1";

    private final Layers layers;
    private final GraphBuilder graph;
    private final OneAlignConfig config;
    private final OneAlignConfig.Language language;
    private final PrefixCache prefix;
    private final List<OneAlignPrompts.Prompt> prompts;
    private final int maxFrames;
    private final int textLength;

    /** @param maxFrames most frames of one row: rotary angles are stored up to there */
    Prefill(
            Layers layers,
            OneAlignConfig config,
            PrefixCache prefix,
            List<OneAlignPrompts.Prompt> prompts,
            int maxFrames) {
        this.layers = layers;
        this.graph = layers.graph();
        this.config = config;
        this.language = config.language();
        this.prefix = prefix;
        this.prompts = prompts;
        this.maxFrames = maxFrames;
        this.textLength =
                prompts.stream().mapToInt(prompt -> prompt.after().length).max().orElse(0);
    }

    /** What every layer needs besides its input. */
    private record Row(
            String prompt,
            String answer,
            String mask,
            String answerMask,
            Layers.Rotary rotary,
            Layers.Rotary answerRotary) {}

    /**
     * @param frames {@code float32[frame, abstractor rows, width]}
     * @param rowFrames {@code int64[row, frames of a row]}
     * @param rowPrompt {@code int64[row]}
     * @return {@code float32[row, level]}
     * @throws IOException if the checkpoint cannot be read
     */
    String levelLogits(String frames, String rowFrames, String rowPrompt) throws IOException {
        String x = sequence(frames, rowFrames, rowPrompt);
        Row row = row(x, rowPrompt);
        for (int i = 0; i < language.layers() - 1; i++) {
            x = layer(i, x, row);
        }
        String answer = lastLayer(language.layers() - 1, x, row);
        String normed = layers.rmsNorm(ROOT + ".norm", answer, language.rmsNormEps());
        return head(normed);
    }

    /** Frames of a row one after the other, each with its end row, then the text: {@code float32[row, token, width]}. */
    private String sequence(String frames, String rowFrames, String rowPrompt) throws IOException {
        String own = layers.gather("/rows/frames", frames, rowFrames);
        String image = graph.node(
                "/rows/Reshape", "Reshape", List.of(own, graph.vector("/rows/shape", 0, -1, language.width())));
        float[] embeddings = new float[prompts.size() * textLength * language.width()];
        for (int i = 0; i < prompts.size(); i++) {
            float[] rows = layers.weights()
                    .rows(ROOT + ".embed_tokens.weight", prompts.get(i).after());
            System.arraycopy(rows, 0, embeddings, i * textLength * language.width(), rows.length);
        }
        String table = graph.weight(
                "/model/embed_tokens/text",
                new long[] {prompts.size(), textLength, language.width()},
                DataType.FLOAT,
                WeightSource.of(embeddings));
        return layers.concat("/rows/Concat", 1, image, layers.gather("/rows/text", table, rowPrompt));
    }

    private Row row(String x, String rowPrompt) {
        String length =
                graph.node("/rows/length/Shape", "Shape", List.of(x), Attribute.of("start", 1), Attribute.of("end", 2));
        String mask = mask(length, rowPrompt);
        String answer = answer(length, rowPrompt);
        String answerMask =
                graph.node("/mask/answer/GatherND", "GatherND", List.of(mask, answer), Attribute.of("batch_dims", 1));
        int most = maxFrames * config.abstractor().rows() + textLength;
        String cos = rotaryTable("/rotary/cos", RotaryTable.of(language, prefix.length(), most, StrictMath::cos), most);
        String sin = rotaryTable("/rotary/sin", RotaryTable.of(language, prefix.length(), most, StrictMath::sin), most);
        return new Row(
                rowPrompt,
                answer,
                graph.node("/mask/Unsqueeze", "Unsqueeze", List.of(mask, graph.vector("/mask/heads", 1))),
                graph.node(
                        "/mask/answer/Unsqueeze",
                        "Unsqueeze",
                        List.of(answerMask, graph.vector("/mask/answer/heads", 1, 2))),
                new Layers.Rotary(upTo("/rotary/cos", cos, length), upTo("/rotary/sin", sin, length)),
                new Layers.Rotary(at("/rotary/cos/answer", cos, answer), at("/rotary/sin/answer", sin, answer)));
    }

    private String rotaryTable(String path, float[] table, int positions) {
        return graph.weight(
                path + "/table",
                new long[] {positions, language.headWidth() / 2},
                DataType.FLOAT,
                WeightSource.of(table));
    }

    /** {@code [token, half width]}, which broadcasts over rows and heads. */
    private String upTo(String path, String table, String length) {
        return graph.node(
                path + "/Slice",
                "Slice",
                List.of(table, graph.vector(path + "/from", 0), length, graph.vector(path + "/axis", 0)));
    }

    /** {@code [row, 1, 1, half width]}. */
    private String at(String path, String table, String answer) {
        String rows = layers.gather(path, table, answer);
        return graph.node(path + "/Unsqueeze", "Unsqueeze", List.of(rows, graph.vector(path + "/axis", 1)));
    }

    /** Where the answer is read: at the last token of the row's own text, {@code int64[row, 1]}, counted from the first image row. */
    private String answer(String length, String rowPrompt) {
        long[] fromEnd = prompts.stream()
                .mapToLong(prompt -> prompt.after().length - 1 - textLength)
                .toArray();
        String table = graph.longs("/answer/from_end", new long[] {prompts.size(), 1}, fromEnd);
        return layers.add("/answer/Add", layers.gather("/answer", table, rowPrompt), length);
    }

    /**
     * {@code float32[row, query, prefix + token]}: 0 where the query may look, the lowest number elsewhere. With the first image row at 0, keys
     * run from {@code -prefix}; a query sees what is not after it and not before its own prompt's first token.
     */
    private String mask(String length, String rowPrompt) {
        String path = "/mask";
        String end = graph.node(path + "/end/Squeeze", "Squeeze", List.of(length));
        String step = graph.scalar(path + "/step", 1L);
        String keys = graph.node(
                path + "/keys/Range",
                "Range",
                List.of(graph.scalar(path + "/keys/first", (long) -prefix.length()), end, step));
        String queries = graph.node(
                path + "/queries/Range", "Range", List.of(graph.scalar(path + "/queries/first", 0L), end, step));
        String column = graph.node(
                path + "/queries/Unsqueeze", "Unsqueeze", List.of(queries, graph.vector(path + "/queries/axis", 1)));
        String notAfter = graph.node(path + "/LessOrEqual", "LessOrEqual", List.of(keys, column));
        long[] first =
                prompts.stream().mapToLong(prompt -> -prompt.before().length).toArray();
        String table = graph.longs(path + "/first_of_prompt", new long[] {prompts.size(), 1, 1}, first);
        String start = layers.gather(path + "/start", table, rowPrompt);
        String notBefore = graph.node(path + "/GreaterOrEqual", "GreaterOrEqual", List.of(keys, start));
        String allowed = graph.node(path + "/And", "And", List.of(notAfter, notBefore));
        return graph.node(
                path + "/Where",
                "Where",
                List.of(allowed, graph.scalar(path + "/seen", 0f), graph.scalar(path + "/hidden", -Float.MAX_VALUE)));
    }

    private String layer(int index, String x, Row row) {
        String module = ROOT + ".layers." + index;
        String path = Layers.path(module);
        String normed = routedNorm(module + ".input_layernorm", x);
        String query = layers.product(module + ".self_attn.q_proj", normed);
        String context = attention(index, query, normed, row.mask(), row.rotary(), row);
        String seen = layers.add(path + "/Add", x, context);
        String mlpIn = routedNorm(module + ".post_attention_layernorm", seen);
        return layers.add(path + "/Add_1", seen, mlp(module + ".mlp", mlpIn));
    }

    /** As {@link #layer}, but only the answer's token asks, and only it goes on: {@code float32[row, 1, width]}. It is text. */
    private String lastLayer(int index, String x, Row row) {
        String module = ROOT + ".layers." + index;
        String path = Layers.path(module);
        String normed = routedNorm(module + ".input_layernorm", x);
        String asking = answerOf(path + "/answer/normed", normed, row);
        String query = layers.product(module + ".self_attn.q_proj", asking);
        String context = attention(index, query, normed, row.answerMask(), row.answerRotary(), row);
        String seen = layers.add(path + "/Add", answerOf(path + "/answer", x, row), context);
        String mlpIn =
                layers.rmsNorm(module + ".post_attention_layernorm.multiway." + TEXT, seen, language.rmsNormEps());
        return layers.add(path + "/Add_1", seen, mlp(module + ".mlp", mlpIn));
    }

    private String answerOf(String path, String x, Row row) {
        String rows =
                graph.node(path + "/GatherND", "GatherND", List.of(x, row.answer()), Attribute.of("batch_dims", 1));
        return graph.node(path + "/Unsqueeze", "Unsqueeze", List.of(rows, graph.vector(path + "/axis", 1)));
    }

    private String attention(int index, String query, String normed, String mask, Layers.Rotary queryRotary, Row row) {
        String module = ROOT + ".layers." + index + ".self_attn";
        String path = Layers.path(module);
        String q = layers.rotate(path + "/q_proj/rotary", heads(path + "/q_proj", query), queryRotary);
        String k = layers.rotate(
                path + "/k_proj/rotary",
                heads(path + "/k_proj", routedProduct(module + ".k_proj", normed)),
                row.rotary());
        String v = heads(path + "/v_proj", routedProduct(module + ".v_proj", normed));
        String keys = layers.concat(path + "/k_proj/Concat", 2, cached(path + "/k_proj", prefix.keys(index), row), k);
        String values =
                layers.concat(path + "/v_proj/Concat", 2, cached(path + "/v_proj", prefix.values(index), row), v);
        String context =
                layers.attention(path + "/attention", q, keys, values, mask, language.heads(), language.headWidth());
        return layers.product(module + ".o_proj", context);
    }

    private String heads(String path, String x) {
        return layers.splitHeads(path + "/heads", x, language.heads(), language.headWidth());
    }

    private String cached(String path, float[] elements, Row row) {
        String table = graph.weight(
                path + "/prefix",
                new long[] {prompts.size(), language.heads(), prefix.length(), language.headWidth()},
                DataType.FLOAT,
                WeightSource.of(elements));
        return layers.gather(path + "/prefix_of_row", table, row.prompt());
    }

    private String mlp(String module, String x) {
        String path = Layers.path(module);
        String gate = layers.silu(path + "/silu", layers.product(module + ".gate_proj", x));
        String inner = layers.multiply(path + "/Mul", gate, layers.product(module + ".up_proj", x));
        return layers.product(module + ".down_proj", inner);
    }

    private String routedNorm(String module, String x) {
        String path = Layers.path(module);
        return layers.concat(
                path + "/Concat",
                1,
                layers.rmsNorm(module + ".multiway." + IMAGE, image(path, x), language.rmsNormEps()),
                layers.rmsNorm(module + ".multiway." + TEXT, text(path, x), language.rmsNormEps()));
    }

    private String routedProduct(String module, String x) {
        String path = Layers.path(module);
        return layers.concat(
                path + "/routed/Concat",
                1,
                layers.product(module + ".multiway." + IMAGE, image(path, x)),
                layers.product(module + ".multiway." + TEXT, text(path, x)));
    }

    private String image(String path, String x) {
        return layers.slice(path + "/image", x, 1, 0, -textLength);
    }

    private String text(String path, String x) {
        return layers.slice(path + "/text", x, 1, -textLength, Long.MAX_VALUE);
    }

    /** Only the rows of the level words: the other thousands of logits are never asked for. */
    private String head(String x) throws IOException {
        int[] ids = OneAlignPrompts.LEVEL_IDS;
        float[] rows = layers.weights().rows("lm_head.weight", ids);
        float[] columns = new float[rows.length];
        for (int level = 0; level < ids.length; level++) {
            for (int i = 0; i < language.width(); i++) {
                columns[i * ids.length + level] = rows[level * language.width() + i];
            }
        }
        String weight = graph.weight(
                "/lm_head/weight", new long[] {language.width(), ids.length}, DataType.FLOAT, WeightSource.of(columns));
        String logits = graph.node("/lm_head/MatMul", "MatMul", List.of(x, weight));
        return graph.node("/lm_head/Squeeze", "Squeeze", List.of(logits, graph.vector("/lm_head/token", 1)));
    }
}
