package org.loupe.it.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom, as docs/architecture.md says it. */
@AnalyzeClasses(packages = "org.loupe", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule onlyTheEngineKnowsOnnxRuntime = noClasses()
            .that()
            .resideOutsideOfPackage("org.loupe.engine..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.onnxruntime..");

    @ArchTest
    static final ArchRule grpcStaysAtTheEdges = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "org.loupe.proto..", "org.loupe.client..", "org.loupe.testkit..", "org.loupe.server.grpc..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.grpc..");

    @ArchTest
    static final ArchRule onlyTrainingKnowsLibtorch = noClasses()
            .that()
            .resideOutsideOfPackage("org.loupe.training..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bytedeco.pytorch..");

    @ArchTest
    static final ArchRule onlyModulesAndMainsKnowGuice = noClasses()
            .that()
            .haveSimpleNameNotEndingWith("Module")
            .and()
            .haveSimpleNameNotEndingWith("Main")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.google.inject..");

    @ArchTest
    static final ArchRule adaptersNeverSeeTheServer = noClasses()
            .that()
            .resideInAPackage("org.loupe.adapter..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.loupe.server..",
                    "org.loupe.scoring..",
                    "org.loupe.device..",
                    "org.loupe.engine..",
                    "org.loupe.batch..",
                    "org.loupe.decode..",
                    "org.loupe.preprocess..",
                    "org.loupe.modelpackage..",
                    "org.loupe.cli..");

    @ArchTest
    static final ArchRule thePluginApiKnowsNobody = noClasses()
            .that()
            .resideInAnyPackage(
                    "org.loupe.score..",
                    "org.loupe.digest..",
                    "org.loupe.client..",
                    "org.loupe.ingest..",
                    "org.loupe.media..",
                    "org.loupe.metadata..",
                    "org.loupe.command..",
                    "org.loupe.embedded..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.loupe.server..",
                    "org.loupe.scoring..",
                    "org.loupe.device..",
                    "org.loupe.engine..",
                    "org.loupe.batch..",
                    "org.loupe.decode..",
                    "org.loupe.preprocess..",
                    "org.loupe.modelpackage..",
                    "org.loupe.cli..",
                    "org.loupe.training..",
                    "org.loupe.evaluation..",
                    "org.loupe.export..",
                    "org.loupe.checkpoint..",
                    "org.loupe.adapter..");

    @ArchTest
    static final ArchRule theLibraryKnowsNoService = noClasses()
            .that()
            .resideInAnyPackage(
                    "org.loupe.device..",
                    "org.loupe.engine..",
                    "org.loupe.decode..",
                    "org.loupe.preprocess..",
                    "org.loupe.modelpackage..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.loupe.server..", "org.loupe.scoring..", "org.loupe.batch..", "org.loupe.cli..");

    @ArchTest
    static final ArchRule trainingUsesTheLibraryNotTheService = noClasses()
            .that()
            .resideInAnyPackage(
                    "org.loupe.training..",
                    "org.loupe.evaluation..",
                    "org.loupe.export..",
                    "org.loupe.checkpoint..",
                    "org.loupe.hub..",
                    "org.loupe.report..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.loupe.server..");

    @ArchTest
    static final ArchRule packagesFormNoCycles =
            slices().matching("org.loupe.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule everyPackageSaysWhatItIs = classes()
            .that()
            .resideOutsideOfPackages("org.loupe.proto..", "org.loupe.export.onnx..")
            .and()
            .areTopLevelClasses()
            .should(new LiveInDocumentedPackage());
}
