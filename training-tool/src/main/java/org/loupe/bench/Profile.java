package org.loupe.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A profile that ONNX Runtime wrote, taken apart by run. */
final class Profile {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TIME_SUFFIX = "_kernel_time";

    private Profile() {}

    private record Span(long from, long to) {}

    /** @return the nodes of each run, in the order of time */
    static List<List<NodeRun>> runs(Path file) throws IOException {
        JsonNode events = JSON.readTree(file.toFile());
        List<Span> spans = new ArrayList<>();
        for (JsonNode event : events) {
            if (event.path("cat").asText().equals("Session")
                    && event.path("name").asText().equals("model_run")) {
                long start = event.path("ts").asLong();
                spans.add(new Span(start, start + event.path("dur").asLong()));
            }
        }
        spans.sort(Comparator.comparingLong(Span::from));
        List<List<NodeRun>> runs = new ArrayList<>();
        spans.forEach(span -> runs.add(new ArrayList<>()));
        for (JsonNode event : events) {
            String name = event.path("name").asText();
            if (!event.path("cat").asText().equals("Node") || !name.endsWith(TIME_SUFFIX)) {
                continue;
            }
            long at = event.path("ts").asLong();
            for (int i = 0; i < spans.size(); i++) {
                if (spans.get(i).from() <= at && at <= spans.get(i).to()) {
                    runs.get(i).add(node(name.substring(0, name.length() - TIME_SUFFIX.length()), event));
                    break;
                }
            }
        }
        return runs;
    }

    private static NodeRun node(String name, JsonNode event) {
        JsonNode args = event.path("args");
        return new NodeRun(
                name,
                args.path("op_name").asText(),
                event.path("dur").asLong(),
                shapes(args.path("input_type_shape")),
                shapes(args.path("output_type_shape")));
    }

    /** Each entry is an object of one field: the element type names the dimensions. */
    private static List<long[]> shapes(JsonNode entries) {
        List<long[]> shapes = new ArrayList<>();
        for (JsonNode entry : entries) {
            for (JsonNode dims : entry) {
                long[] shape = new long[dims.size()];
                for (int i = 0; i < shape.length; i++) {
                    shape[i] = dims.get(i).asLong();
                }
                shapes.add(shape);
            }
        }
        return shapes;
    }
}
