package org.loupe.export;

import org.loupe.checkpoint.OneAlignConfig;

/** The model card of an imported OneAlign network: where it comes from, what it is, and that nobody has measured it here. */
final class OneAlignCard {
    private OneAlignCard() {}

    static String of(OneAlignConfig config, ModelImport request) {
        OneAlignConfig.Vision vision = config.vision();
        OneAlignConfig.Language language = config.language();
        return """
                # %s %s

                Imported from the checkpoint `%s`%s by `loupe model import`, weights in %s.

                | part | size |
                |---|---|
                | picture | %d x %d pixels, padded to a square, patches of %d |
                | vision tower | %d layers, %d heads, %d features |
                | abstractor | %d layers, %d queries |
                | language model | %d layers, %d heads, %d features |

                **What it answers.** %s, each as the five level words of OneAlign (arXiv 2312.17090) with their probabilities; the MOS is
                their weighted mean.%s

                **Accuracy.** Not measured. The graph computes what the checkpoint's reference implementation computes; whether that agrees with
                people on your pictures, `loupe evaluate` tells.

                **Terms.** %s, commercial use: %s, as stated by whoever imported it. The weights are not Loupe's; see `LICENSE`.
                """.formatted(
                        request.name(),
                        request.version(),
                        request.checkpointName(),
                        request.revision() == null ? "" : ", revision " + request.revision(),
                        request.precision().id(),
                        vision.imageSide(),
                        vision.imageSide(),
                        vision.patchSide(),
                        vision.layers(),
                        vision.heads(),
                        vision.width(),
                        config.abstractor().layers(),
                        config.abstractor().queries(),
                        language.layers(),
                        language.heads(),
                        language.width(),
                        request.family() == ModelFamily.DEQA_SCORE
                                ? "Quality of photos"
                                : "Quality and aesthetics of photos and of clips of up to " + request.maxFrames()
                                        + " frames (one a second)",
                        request.promptOrder() == PromptOrder.PAPER
                                ? ""
                                : " It is asked as the published model class's `score()` method asks, `The image of the"
                                        + " quality is`, which is not how it was trained.",
                        request.licence().id(),
                        request.licence().commercialUse());
    }
}
