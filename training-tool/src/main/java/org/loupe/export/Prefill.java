package org.loupe.export;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    private final Map<Long, String> shapes = new HashMap<>();

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

    /**
     * Rows of the two modalities, each sequence after sequence: which is which is known when the graph is built.
     *
     * @param image {@code [row * image token, width]}
     * @param text {@code [row * text token, width]}
     */
    private record Streams(String image, String text) {}

    /**
     * What every layer needs besides its input.
     *
     * @param lengths {@code int64[2]}: image tokens and text tokens of a sequence
     * @param batch {@code int64[1]}: the number of sequences
     * @param answerInText {@code int64[row, 1]}: the answer's token, counted from the first text token
     */
    private record Row(
            String prompt,
            String lengths,
            String batch,
            String answerInText,
            String mask,
            String answerMask,
            Layers.Rotary rotary,
            Layers.Rotary textRotary,
            Layers.Rotary answerRotary) {}

    /**
     * @param frames {@code [frame, abstractor rows, width]}
     * @param rowFrames {@code int64[row, frames of a row]}
     * @param rowPrompt {@code int64[row]}
     * @return {@code [row, level]}
     * @throws IOException if the checkpoint cannot be read
     */
    String levelLogits(String frames, String rowFrames, String rowPrompt) throws IOException {
        String own = layers.gather("/rows/frames", frames, rowFrames);
        String image = graph.node(
                "/rows/Reshape", "Reshape", List.of(own, graph.vector("/rows/shape", 0, -1, language.width())));
        String text = text(rowPrompt);
        Row row = row(image, text, rowPrompt);
        Streams x = new Streams(
                layers.rows("/rows/image", image, language.width()), layers.rows("/rows/text", text, language.width()));
        String norm = ROOT + ".layers.0.input_layernorm";
        Streams normed = new Streams(
                layers.rmsNorm(norm + ".multiway." + IMAGE, x.image(), language.rmsNormEps()),
                layers.rmsNorm(norm + ".multiway." + TEXT, x.text(), language.rmsNormEps()));
        for (int i = 0; i < language.layers() - 1; i++) {
            String module = ROOT + ".layers." + i;
            Operand both = joined(Layers.path(module) + "/self_attn/both", normed, row);
            String query = sequences(
                    Layers.path(module) + "/self_attn/q_proj", layers.product(module + ".self_attn.q_proj", both), row);
            String context = attention(i, query, normed, row.mask(), row.rotary(), row);
            Sums middle = norms(module + ".post_attention_layernorm", context, x, row);
            String inner = mlp(module + ".mlp", joined(Layers.path(module) + "/mlp/both", middle.normed(), row));
            Sums end = norms(ROOT + ".layers." + (i + 1) + ".input_layernorm", inner, middle.sums(), row);
            x = end.sums();
            normed = end.normed();
        }
        return lastLayer(language.layers() - 1, x, normed, row);
    }

    /** {@code [row, token, width]}: the text after the image, as long as the longest of the run, zeros after the end of shorter ones. */
    private String text(String rowPrompt) throws IOException {
        float[] embeddings = new float[prompts.size() * textLength * language.width()];
        for (int i = 0; i < prompts.size(); i++) {
            float[] rows = layers.weights()
                    .rows(ROOT + ".embed_tokens.weight", prompts.get(i).after());
            System.arraycopy(rows, 0, embeddings, i * textLength * language.width(), rows.length);
        }
        String table = layers.weight(
                "/model/embed_tokens/text",
                new long[] {prompts.size(), textLength, language.width()},
                WeightSource.of(embeddings));
        long[] lengths =
                prompts.stream().mapToLong(prompt -> prompt.after().length).toArray();
        String own =
                layers.gather("/rows/text/lengths", graph.vector("/rows/text/length_of_prompt", lengths), rowPrompt);
        String longest = graph.node("/rows/text/ReduceMax", "ReduceMax", List.of(own), Attribute.of("keepdims", 1));
        return graph.node(
                "/rows/text/Slice",
                "Slice",
                List.of(
                        layers.gather("/rows/text/embeddings", table, rowPrompt),
                        graph.vector("/rows/text/first", 0),
                        longest,
                        graph.vector("/rows/text/axis", 1)));
    }

    private Row row(String image, String text, String rowPrompt) {
        String imageLength = dimension("/rows/image_length", image, 1);
        String textLengthOfRun = dimension("/rows/text_length", text, 1);
        String lengths = layers.concat("/rows/lengths/Concat", 0, imageLength, textLengthOfRun);
        String length = layers.add("/rows/length/Add", imageLength, textLengthOfRun);
        long[] last =
                prompts.stream().mapToLong(prompt -> prompt.after().length - 1).toArray();
        String answerInText = layers.gather(
                "/answer", graph.longs("/answer/of_prompt", new long[] {prompts.size(), 1}, last), rowPrompt);
        String answer = layers.add("/answer/Add", answerInText, imageLength);
        String mask = mask(length, rowPrompt);
        String answerMask =
                graph.node("/mask/answer/GatherND", "GatherND", List.of(mask, answer), Attribute.of("batch_dims", 1));
        int most = maxFrames * config.abstractor().rows() + textLength;
        String cos = rotaryTable("/rotary/cos", RotaryTable.of(language, prefix.length(), most, StrictMath::cos), most);
        String sin = rotaryTable("/rotary/sin", RotaryTable.of(language, prefix.length(), most, StrictMath::sin), most);
        return new Row(
                rowPrompt,
                lengths,
                dimension("/rows/count", rowPrompt, 0),
                answerInText,
                graph.node("/mask/Unsqueeze", "Unsqueeze", List.of(mask, graph.vector("/mask/heads", 1))),
                graph.node(
                        "/mask/answer/Unsqueeze",
                        "Unsqueeze",
                        List.of(answerMask, graph.vector("/mask/answer/heads", 1, 2))),
                new Layers.Rotary(cos, sin, graph.vector("/rotary/first", 0)),
                new Layers.Rotary(cos, sin, imageLength),
                new Layers.Rotary(cos, sin, answer));
    }

    /** {@code int64[1]}. */
    private String dimension(String path, String x, int axis) {
        return graph.node(
                path + "/Shape", "Shape", List.of(x), Attribute.of("start", axis), Attribute.of("end", axis + 1));
    }

    private String rotaryTable(String path, float[] table, int positions) {
        return layers.weight(path + "/table", new long[] {positions, language.headWidth() / 2}, WeightSource.of(table));
    }

    /**
     * {@code [row, query, prefix + token]}: 0 where the query may look, the lowest number elsewhere. With the first image row at 0, keys
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
        float lowest = layers.type() == DataType.FLOAT16 ? -Halves.MAX : -Float.MAX_VALUE;
        String allowed = graph.node(path + "/And", "And", List.of(notAfter, notBefore));
        return graph.node(
                path + "/Where",
                "Where",
                List.of(
                        allowed,
                        layers.constant(path + "/seen", new long[0], 0f),
                        layers.constant(path + "/hidden", new long[0], lowest)));
    }

    /**
     * @param normed the normalised rows
     * @param sums what was normalised
     */
    private record Sums(Streams normed, Streams sums) {}

    /** Adds rows of both modalities, sequence by sequence, to the residual streams and normalises each stream with its own gain. */
    private Sums norms(String module, String added, Streams residual, Row row) {
        String path = Layers.path(module);
        List<String> apart = graph.nodes(
                path + "/Split",
                "Split",
                List.of(sequences(path, added, row), row.lengths()),
                2,
                Attribute.of("axis", 1));
        Layers.Normed image = layers.rmsNorm(
                module + ".multiway." + IMAGE,
                layers.rows(path + "/image", apart.get(0), language.width()),
                residual.image(),
                language.rmsNormEps());
        Layers.Normed text = layers.rmsNorm(
                module + ".multiway." + TEXT,
                layers.rows(path + "/text", apart.get(1), language.width()),
                residual.text(),
                language.rmsNormEps());
        return new Sums(new Streams(image.normed(), text.normed()), new Streams(image.sum(), text.sum()));
    }

    /** Rows of both modalities, sequence by sequence, for the products that they share. */
    private Operand joined(String path, Streams streams, Row row) {
        return layers.joined(
                path, layers.operand(streams.image()), layers.operand(streams.text()), row.batch(), language.width());
    }

    /** {@code [row, token, width]}. */
    private String sequences(String path, String rows, Row row) {
        return graph.node(path + "/sequences/Reshape", "Reshape", List.of(rows, shape(row, language.width())));
    }

    private String shape(Row row, long features) {
        return shapes.computeIfAbsent(
                features,
                width -> layers.concat(
                        "/rows/shape_" + width + "/Concat",
                        0,
                        row.batch(),
                        graph.vector("/rows/shape_" + width + "/rest", -1, width)));
    }

    /** Only the answer's token asks, and only it goes on. It is text. */
    private String lastLayer(int index, Streams x, Streams normed, Row row) throws IOException {
        String module = ROOT + ".layers." + index;
        String path = Layers.path(module);
        String asking = answerOf(path + "/answer/normed", normed.text(), row);
        String query = graph.node(
                path + "/answer/Unsqueeze",
                "Unsqueeze",
                List.of(layers.product(module + ".self_attn.q_proj", asking), graph.vector(path + "/answer/token", 1)));
        Layers.Normed middle = layers.rmsNorm(
                module + ".post_attention_layernorm.multiway." + TEXT,
                attention(index, query, normed, row.answerMask(), row.answerRotary(), row),
                answerOf(path + "/answer", x.text(), row),
                language.rmsNormEps());
        String inner = mlp(module + ".mlp", layers.operand(middle.normed()));
        return head(layers.rmsNorm(ROOT + ".norm", inner, middle.sum(), language.rmsNormEps())
                .normed());
    }

    /** {@code [row, width]}: the row of each text that gives the answer. */
    private String answerOf(String path, String text, Row row) {
        String apart = graph.node(path + "/Reshape", "Reshape", List.of(text, shape(row, language.width())));
        return graph.node(
                path + "/GatherND", "GatherND", List.of(apart, row.answerInText()), Attribute.of("batch_dims", 1));
    }

    /**
     * @param query {@code [row, query, width]}
     * @return {@code [row * query, width]}
     */
    private String attention(int index, String query, Streams normed, String mask, Layers.Rotary queryRotary, Row row) {
        String module = ROOT + ".layers." + index + ".self_attn";
        String path = Layers.path(module);
        String q = layers.rotate(path + "/q_proj/rotary", query, queryRotary);
        String k = layers.concat(
                path + "/k_proj/Concat",
                1,
                cached(path + "/k_proj", prefix.keys(index), row),
                layers.rotate(
                        path + "/k_proj/multiway.1/rotary",
                        routed(module + ".k_proj", IMAGE, normed.image(), row),
                        row.rotary()),
                layers.rotate(
                        path + "/k_proj/multiway.0/rotary",
                        routed(module + ".k_proj", TEXT, normed.text(), row),
                        row.textRotary()));
        String v = layers.concat(
                path + "/v_proj/Concat",
                1,
                cached(path + "/v_proj", prefix.values(index), row),
                routed(module + ".v_proj", IMAGE, normed.image(), row),
                routed(module + ".v_proj", TEXT, normed.text(), row));
        String context = layers.attention(path + "/attention", q, k, v, "", mask, language.heads());
        return layers.product(module + ".o_proj", layers.rows(path + "/attention", context, language.width()));
    }

    /** {@code [row, token, width]}. */
    private String routed(String module, String modality, String stream, Row row) {
        String routed = module + ".multiway." + modality;
        return sequences(Layers.path(routed), layers.product(routed, stream), row);
    }

    private String cached(String path, WeightSource elements, Row row) {
        String table = layers.weight(
                path + "/prefix", new long[] {prompts.size(), prefix.length(), language.width()}, elements);
        return layers.gather(path + "/prefix_of_row", table, row.prompt());
    }

    /** The scale of {@code up_proj}'s rows is left to {@code down_proj}: it passes the product with the gate unchanged. */
    private String mlp(String module, Operand x) {
        String path = Layers.path(module);
        String gate = layers.silu(path + "/silu", layers.product(module + ".gate_proj", x));
        Scaled up = layers.scaledProduct(module + ".up_proj", x);
        String inner = layers.multiply(path + "/Mul", gate, up.value());
        Scaled down = layers.scaledProduct(module + ".down_proj", layers.operand(inner));
        return layers.value(Layers.path(module + ".down_proj"), layers.times(path + "/down_proj", down, up.scale()));
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
        String weight =
                layers.weight("/lm_head/weight", new long[] {language.width(), ids.length}, WeightSource.of(columns));
        return graph.node("/lm_head/MatMul", "MatMul", List.of(x, weight));
    }
}
