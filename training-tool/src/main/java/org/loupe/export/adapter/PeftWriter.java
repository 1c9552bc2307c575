package org.loupe.export.adapter;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.loupe.checkpoint.Checkpoint;
import org.loupe.checkpoint.CheckpointCopy;
import org.loupe.checkpoint.CheckpointFormat;
import org.loupe.checkpoint.TensorInfo;

/**
 * Writes what LoRA training learned the way Q-Align and DeQA-Score do: the low-rank pairs as PEFT's {@code adapter_model.safetensors} beside
 * its {@code adapter_config.json}, the tensors trained as a whole as {@code non_lora_trainables.bin}.
 */
public final class PeftWriter {
    /** PEFT's wrapper around the network's own names. */
    private static final String WRAPPER = "base_model.model.";

    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";

    private PeftWriter() {}

    /**
     * @param base what the adapter was trained on, as {@code base_model_name_or_path} names it
     * @param rank r of every pair
     * @param alpha a pair counts alpha / r
     * @param dropout used while training
     */
    public record Terms(String base, int rank, double alpha, double dropout) {}

    /**
     * @param directory exists and is empty
     * @param learned tensors by their names in the network: {@code MODULE.lora_A.weight}, {@code MODULE.lora_B.weight}, and whole ones
     * @throws IOException if a file cannot be written
     */
    public static void write(Path directory, Terms terms, Checkpoint learned) throws IOException {
        List<TensorInfo> pairs = new ArrayList<>();
        List<TensorInfo> whole = new ArrayList<>();
        TreeSet<String> modules = new TreeSet<>();
        for (TensorInfo info : learned.tensors().values()) {
            String name = info.name();
            boolean inPair = name.endsWith(A) || name.endsWith(B);
            if (inPair) {
                modules.add(name.substring(0, name.length() - A.length()));
            }
            (inPair ? pairs : whole).add(new TensorInfo(WRAPPER + name, info.type(), info.shape()));
        }
        Files.writeString(
                directory.resolve(PeftConfig.FILE), config(terms, modules).toPrettyString() + "\n");
        CheckpointCopy.toFile(
                directory.resolve("adapter_model.safetensors"), CheckpointFormat.SAFETENSORS, pairs, reading(learned));
        if (!whole.isEmpty()) {
            CheckpointCopy.toFile(
                    directory.resolve("non_lora_trainables.bin"), CheckpointFormat.TORCH, whole, reading(learned));
        }
    }

    private static CheckpointCopy.Reading reading(Checkpoint learned) {
        return (name, first, target, at, count) ->
                learned.read(name.substring(WRAPPER.length()), first, target, at, count);
    }

    private static ObjectNode config(Terms terms, SortedSet<String> modules) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("base_model_name_or_path", terms.base())
                .put("bias", "none")
                .put("fan_in_fan_out", false)
                .put("inference_mode", true)
                .put("init_lora_weights", true)
                .putNull("layers_pattern")
                .putNull("layers_to_transform")
                .put("lora_alpha", terms.alpha())
                .put("lora_dropout", terms.dropout())
                .putNull("modules_to_save")
                .put("peft_type", "LORA")
                .put("r", terms.rank())
                .putNull("revision");
        modules.forEach(root.putArray("target_modules")::add);
        return root.put("task_type", "CAUSAL_LM");
    }
}
