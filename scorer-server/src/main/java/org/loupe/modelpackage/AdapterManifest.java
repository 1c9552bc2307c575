package org.loupe.modelpackage;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code adapter.json}: whose taste an adapter is, and the one model package it fits. Unknown fields are refused. Tasks, prompts and levels
 * are the base model's.
 *
 * @param schemaVersion version of this layout, now 1
 * @param name adapter name, lower-case letters, digits and dashes
 * @param version version within the name
 * @param digest SHA-256, lower-case hexadecimal, over the package's other files, see {@code PackageDigest}
 * @param base the model package it was fitted to; it runs on no other, not even on the same model in another precision
 * @param precision that of the base
 * @param source the checkpoint of the adapter
 * @param licence under what terms
 * @param modules linear modules with a low-rank term
 * @param replaces further inputs of the graph whose values the adapter brings: prefix keys and values, tensors trained in full
 * @param provenance how it was made: tool, command, seeds, data digests
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AdapterManifest(
        @JsonProperty(required = true) int schemaVersion,
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) String version,
        @JsonProperty(required = true) String digest,
        @JsonProperty(required = true) Base base,
        @JsonProperty(required = true) String precision,
        @JsonProperty(required = true) Manifest.Source source,
        @JsonProperty(required = true) Manifest.Licence licence,
        @JsonProperty(required = true) List<Module> modules,
        @JsonProperty(required = true) List<String> replaces,
        @Nullable Map<String, String> provenance) {

    /** The layout this code reads and writes. */
    public static final int SCHEMA_VERSION = 1;

    public AdapterManifest {
        modules = List.copyOf(modules);
        replaces = List.copyOf(replaces);
        // Sorted, because the order in a file must not change from one run to the next.
        provenance = provenance == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(provenance));
    }

    /**
     * @param name the base's name, for people
     * @param version its version, for people
     * @param digest its digest: what counts
     */
    public record Base(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String version,
            @JsonProperty(required = true) String digest) {
        /** @return how a person would call it */
        public String words() {
            return name + " " + version + " (digest " + digest.substring(0, Math.min(12, digest.length())) + "...)";
        }
    }

    /**
     * One low-rank term: {@code y = x W^T + scale x A^T B^T}.
     *
     * @param module name in the checkpoint, for instance {@code model.layers.0.self_attn.q_proj}
     * @param rank columns of A's transpose and rows of B's, at least 1
     * @param scale already multiplied into the stored B; stated for people
     */
    public record Module(
            @JsonProperty(required = true) String module,
            @JsonProperty(required = true) int rank,
            @JsonProperty(required = true) double scale) {
        /** @return the graph input for A, {@code [in, rank]} */
        public String inputA() {
            return inputA(module);
        }

        /** @return the graph input for B, {@code [rank, out]} */
        public String inputB() {
            return inputB(module);
        }

        /** @return the graph input for the A of a module */
        public static String inputA(String module) {
            return module + ".lora_A.weight";
        }

        /** @return the graph input for the B of a module */
        public static String inputB(String module) {
            return module + ".lora_B.weight";
        }
    }

    /** @return the same manifest with that digest */
    public AdapterManifest withDigest(String newDigest) {
        return new AdapterManifest(
                schemaVersion,
                name,
                version,
                newDigest,
                base,
                precision,
                source,
                licence,
                modules,
                replaces,
                provenance);
    }

    /** @return every optional graph input that this adapter fills */
    public List<String> inputs() {
        return Stream.concat(
                        modules.stream().flatMap(module -> Stream.of(module.inputA(), module.inputB())),
                        replaces.stream())
                .toList();
    }

    /** @return one sentence a rule that is broken, empty when all are kept */
    static List<String> problems(AdapterManifest manifest) {
        List<String> problems = new ArrayList<>();
        if (manifest.schemaVersion != SCHEMA_VERSION) {
            problems.add("schemaVersion must be " + SCHEMA_VERSION + ", was " + manifest.schemaVersion);
        }
        problems.addAll(ManifestRules.identity(manifest.name, manifest.version, manifest.digest));
        if (!ManifestRules.DIGEST.matcher(manifest.base.digest()).matches()) {
            problems.add("base.digest must be 64 lower-case hexadecimal digits");
        }
        problems.addAll(ManifestRules.terms(manifest.precision, manifest.licence));
        for (Module module : manifest.modules) {
            if (module.rank() < 1 || !Double.isFinite(module.scale())) {
                problems.add("modules: " + module.module() + " must have a rank of at least 1 and a finite scale");
            }
        }
        List<String> inputs = manifest.inputs();
        if (inputs.isEmpty()) {
            problems.add("modules and replaces are both empty: the adapter would change nothing");
        }
        if (inputs.stream().distinct().count() != inputs.size()) {
            problems.add("modules and replaces name an input twice");
        }
        return problems;
    }
}
