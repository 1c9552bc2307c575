package org.loupe.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.loupe.modelpackage.AdapterManifest;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * What an adapter may change in a package: which linear modules of the language model take a low-rank term, and whether the abstractor's
 * weights and the prefix keys and values can be replaced. Each becomes an optional input of the graph with a neutral default. Immutable.
 */
public final class AdapterTargets {
    /** The word for all weights of the abstractor in a list of targets. */
    public static final String ABSTRACTOR = "abstractor";

    /** A package no adapter fits: every weight is constant and kept as the kernels like it best. */
    public static final AdapterTargets NONE = new AdapterTargets(List.of(), false);

    /** What the reference implementation trains: every query projection, the value projection of image rows, the abstractor. */
    public static final AdapterTargets DEFAULT =
            new AdapterTargets(List.of("self_attn.q_proj", "self_attn.v_proj.multiway.1"), true);

    private static final String LAYERS = "model.layers.";
    private static final String ABSTRACTOR_PATH = "/model/visual_abstractor/";
    // Sines and cosines, never trained.
    private static final String POSITIONS_PATH = "/positions";
    private static final String PREFIX_PATH = "/prefix";
    private static final String LORA_A = AdapterManifest.Module.inputA("");

    private final List<String> modules;
    private final boolean abstractor;

    private AdapterTargets(List<String> modules, boolean abstractor) {
        this.modules = List.copyOf(modules);
        this.abstractor = abstractor;
    }

    /**
     * @param words {@code none}, {@code default}, or a list such as {@code self_attn.q_proj,mlp.down_proj,abstractor}: linear modules of the
     *     language model, with or without {@code model.layers.N.} before them (without: in every layer), and {@value #ABSTRACTOR}
     * @throws ScoringException INVALID_REQUEST if a word is no such module
     */
    public static AdapterTargets parse(String words) {
        String word = words.toLowerCase(Locale.ROOT);
        if (word.equals("none") || word.equals("default")) {
            return word.equals("none") ? NONE : DEFAULT;
        }
        List<String> modules = Arrays.stream(words.split(",", -1))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .distinct()
                .collect(Collectors.toCollection(ArrayList::new));
        boolean abstractor = modules.remove(ABSTRACTOR);
        for (String module : modules) {
            if (!module.matches("(model\\.layers\\.\\d+\\.)?"
                    + "(self_attn\\.([qo]_proj|[kv]_proj\\.multiway\\.[01])|mlp\\.(gate|up|down)_proj)")) {
                throw new ScoringException(
                        ErrorReason.INVALID_REQUEST,
                        "'" + module + "' is no linear module of the language model; there are self_attn.q_proj,"
                                + " self_attn.o_proj, self_attn.k_proj.multiway.0 and .1, self_attn.v_proj.multiway.0"
                                + " and .1, mlp.gate_proj, mlp.up_proj and mlp.down_proj, each with or without"
                                + " model.layers.N. before it, and " + ABSTRACTOR);
            }
        }
        return new AdapterTargets(modules, abstractor);
    }

    /**
     * @param inputs the optional inputs a manifest lists
     * @return the targets a package with them was imported with
     */
    public static AdapterTargets ofInputs(Collection<String> inputs) {
        List<String> modules = inputs.stream()
                .filter(input -> input.endsWith(LORA_A))
                .map(input -> input.substring(0, input.length() - LORA_A.length()))
                .toList();
        return new AdapterTargets(modules, inputs.stream().anyMatch(input -> input.startsWith(ABSTRACTOR_PATH)));
    }

    /** @return whether a module of the checkpoint takes a low-rank term */
    public boolean lowRank(String module) {
        if (!module.startsWith(LAYERS)) {
            return false;
        }
        String inLayer = module.substring(module.indexOf('.', LAYERS.length()) + 1);
        return modules.contains(module) || modules.contains(inLayer);
    }

    /** @return whether an adapter may bring an abstractor */
    public boolean takesAbstractor() {
        return abstractor;
    }

    /** @return whether an adapter may bring the weight of that path in the graph */
    boolean replaceable(String path) {
        return (abstractor && path.startsWith(ABSTRACTOR_PATH) && !path.endsWith(POSITIONS_PATH))
                || (changesPrefix() && path.startsWith("/model/layers.") && path.endsWith(PREFIX_PATH));
    }

    /** Rows before the image are text: what only image rows pass changes nothing before them. */
    private boolean changesPrefix() {
        return modules.stream().anyMatch(module -> !module.endsWith(".multiway.1"));
    }
}
