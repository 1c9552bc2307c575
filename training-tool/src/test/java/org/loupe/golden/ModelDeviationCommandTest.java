package org.loupe.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.checkpoint.ModelRandomCommandProvider;
import org.loupe.export.ModelImport;
import org.loupe.export.ModelImporter;
import org.loupe.export.Precision;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;
import picocli.CommandLine;

class ModelDeviationCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();

    @BeforeEach
    void importTwice() {
        new CommandLine(new ModelRandomCommandProvider().command())
                .setErr(new PrintWriter(new StringWriter(), true))
                .execute("--like", "tiny", "--out", folder.resolve("tiny").toString());
        importTiny(Precision.FP32);
        importTiny(Precision.INT8);
    }

    @Test
    void theSamePackageDoesNotDeviate() throws Exception {
        assertThat(run("fp32", "fp32", "--count", "2", "--format", "json")).isZero();
        JsonNode found = new ObjectMapper().readTree(out.toString());
        assertThat(found.path("mosLargest").asDouble(-1)).isZero();
        assertThat(found.path("n").asInt()).isEqualTo(4);
    }

    @Test
    void aQuantisedPackageDoesAndItsManifestSaysSo() throws Exception {
        String digest;
        try (ModelPackage before = ModelPackage.open(folder.resolve("int8"))) {
            digest = before.manifest().digest();
        }
        assertThat(run("int8", "fp32", "--count", "3", "--record")).isZero();
        assertThat(run("int8", "fp32", "--count", "3", "--record")).isZero();
        try (ModelPackage after = ModelPackage.open(folder.resolve("int8"));
                ModelPackage exact = ModelPackage.open(folder.resolve("fp32"))) {
            after.verify();
            assertThat(after.manifest().digest()).isEqualTo(digest);
            assertThat(after.manifest().deviation()).hasSize(1);
            Manifest.Deviation found =
                    Objects.requireNonNull(after.manifest().deviation()).get(0);
            assertThat(found.n()).isEqualTo(6);
            assertThat(found.mosLargest()).isGreaterThan(0).isGreaterThanOrEqualTo(found.mosMean());
            assertThat(found.logitsRelative()).isGreaterThan(0).isLessThan(1);
            assertThat(found.reference()).isEqualTo(exact.manifest().digest());
            assertThat(out.toString()).contains("in int8 against fp32, 3 drawn pictures, 6 scores");
        }
    }

    @Test
    void whatIsNotExactIsNoReference() {
        assertThat(run("fp32", "int8")).isEqualTo(1);
        assertThat(run("int8", folder.resolve("missing").toString())).isEqualTo(1);
    }

    private void importTiny(Precision precision) {
        ModelImporter.run(
                new ModelImport(
                        folder.resolve("tiny"),
                        folder.resolve(precision.id()),
                        "tiny-align",
                        "1",
                        precision,
                        new Manifest.Licence("none", "unknown", null),
                        null,
                        4),
                (step, done, total) -> {});
    }

    private int run(String model, String against, String... more) {
        String[] all = new String[more.length + 4];
        all[0] = "--model";
        all[1] = folder.resolve(model).toString();
        all[2] = "--against";
        all[3] = folder.resolve(against).toString();
        System.arraycopy(more, 0, all, 4, more.length);
        return new CommandLine(new ModelDeviationCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(new StringWriter(), true))
                .execute(all);
    }
}
