package org.loupe.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.loupe.export.onnx.GraphProto;
import org.loupe.export.onnx.ModelProto;
import org.loupe.export.onnx.NodeProto;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Cuts the part of a graph that one output needs. The engine itself runs the whole graph whatever it is asked for. */
final class GraphParts {
    private GraphParts() {}

    /** @throws ScoringException MODEL_PACKAGE_INVALID if the file is no graph, IO_FAILED if it cannot be read */
    static ModelProto read(Path onnx) {
        try {
            return ModelProto.parseFrom(Files.readAllBytes(onnx));
        } catch (InvalidProtocolBufferException e) {
            throw new ScoringException(ErrorReason.MODEL_PACKAGE_INVALID, onnx + " is no ONNX graph", e);
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.IO_FAILED, onnx + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** @return the same model with that output alone, and only what it needs */
    static ModelProto ending(ModelProto model, String output) {
        GraphProto graph = model.getGraph();
        Map<String, NodeProto> makers = new HashMap<>();
        for (NodeProto node : graph.getNodeList()) {
            // an output left out has no name, as has an input left out: they are not connected
            node.getOutputList().stream().filter(value -> !value.isEmpty()).forEach(value -> makers.put(value, node));
        }
        Set<String> needed = new HashSet<>();
        Set<NodeProto> kept = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(output));
        while (!open.isEmpty()) {
            String value = open.pop();
            NodeProto maker = makers.get(value);
            if (needed.add(value) && maker != null && kept.add(maker)) {
                open.addAll(maker.getInputList());
            }
        }
        GraphProto.Builder part = graph.toBuilder();
        part.clearNode().clearInitializer().clearInput().clearOutput();
        graph.getNodeList().stream().filter(kept::contains).forEach(part::addNode);
        graph.getInitializerList().stream()
                .filter(tensor -> needed.contains(tensor.getName()))
                .forEach(part::addInitializer);
        graph.getInputList().stream()
                .filter(input -> needed.contains(input.getName()))
                .forEach(part::addInput);
        graph.getOutputList().stream()
                .filter(value -> value.getName().equals(output))
                .forEach(part::addOutput);
        return model.toBuilder().setGraph(part).build();
    }
}
