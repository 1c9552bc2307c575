package org.loupe.it.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.decode.DecodeBudget;
import org.loupe.decode.DecodeLimits;
import org.loupe.decode.DecodeRequest;
import org.loupe.decode.Frame;
import org.loupe.decode.MediaDecoder;
import org.loupe.decode.MediaSource;
import org.loupe.engine.EngineBatch;
import org.loupe.engine.EngineConfig;
import org.loupe.engine.OrtEngine;
import org.loupe.modelpackage.BundledModels;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.modelpackage.ModelResolver;
import org.loupe.preprocess.Preprocessor;
import org.loupe.preprocess.Preprocessors;

/** The embedding of the bundled model finds a re-encoded copy of a photograph among other photographs. */
class FrameEmbeddingIT {
    private static final List<String> PHOTOS = List.of(
            "canyon-wren",
            "lake-sherburne",
            "oakland-zoo-otters",
            "perched-osprey",
            "roman-colosseum",
            "the-spices-of-life");

    @ParameterizedTest
    @ValueSource(floats = {0.9f, 0.75f, 0.5f})
    void aReencodedCopyLiesNearestToItsOriginal(float jpegQuality) throws IOException {
        try (ModelPackage model = ModelResolver.standard().open(BundledModels.DEFAULT);
                OrtEngine engine = OrtEngine.open(model, EngineConfig.DEFAULT)) {
            Preprocessor preprocessor = Preprocessors.of(model.manifest().input());
            List<float[]> originals = new ArrayList<>();
            List<float[]> copies = new ArrayList<>();
            for (String photo : PHOTOS) {
                byte[] bytes = resource(photo);
                originals.add(embedding(engine, preprocessor, bytes));
                copies.add(embedding(engine, preprocessor, reencoded(bytes, jpegQuality)));
            }
            for (int copy = 0; copy < copies.size(); copy++) {
                double own = cosine(copies.get(copy), originals.get(copy));
                for (int other = 0; other < originals.size(); other++) {
                    if (other != copy) {
                        assertThat(own)
                                .as(PHOTOS.get(copy) + " against " + PHOTOS.get(other))
                                .isGreaterThan(cosine(copies.get(copy), originals.get(other)));
                    }
                }
            }
        }
    }

    private static float[] embedding(OrtEngine engine, Preprocessor preprocessor, byte[] bytes) {
        MediaDecoder decoder = new MediaDecoder(DecodeLimits.DEFAULT, DecodeBudget.ofHeap());
        Frame frame = preprocessor.apply(decoder.decode(MediaSource.of(bytes), DecodeRequest.FULL)
                .frames()
                .get(0));
        ByteBuffer pixels = ByteBuffer.allocateDirect(frame.rgb().length);
        pixels.put(frame.rgb()).flip();
        return engine.run(new EngineBatch(1, frame.height(), frame.width(), pixels, new long[][] {{0}}, new long[] {0}))
                .frameEmbedding()[0];
    }

    private static byte[] resource(String photo) throws IOException {
        try (InputStream in = FrameEmbeddingIT.class.getResourceAsStream("/demo/" + photo + ".jpg")) {
            return in.readAllBytes();
        }
    }

    private static byte[] reencoded(byte[] jpeg, float quality) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(jpeg));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(quality);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i]; // both have length one
        }
        return sum;
    }
}
