package org.loupe.decode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.mime.MimeTypes;
import org.loupe.modelpackage.Manifest.MediaKind;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Bytes to frames. What the bytes are is read from the bytes; a header gate refuses what is over a limit before any pixel is allocated; a
 * budget shared by all threads bounds the memory of what passes. Safe for many threads; each call decodes on its own thread only.
 */
public final class MediaDecoder {
    /** What detection looks at; the signatures of all formats lie well within. */
    private static final int HEAD_BYTES = 64 * 1024;

    private final DecodeLimits limits;
    private final DecodeBudget budget;

    /**
     * @param limits what the header gate lets through
     * @param budget shared by every decoder of the process
     */
    public MediaDecoder(DecodeLimits limits, DecodeBudget budget) {
        this.limits = limits;
        this.budget = budget;
    }

    /**
     * Decodes a medium and keeps all its frames. For clips prefer {@link #decode(MediaSource, DecodeRequest, FrameSink)}: here all frames
     * together are held to the pixel limit of one still.
     *
     * @return a still's one frame or a video's frames, one a second
     * @throws ScoringException MEDIA_EMPTY, MEDIA_TOO_LARGE, MEDIA_CORRUPT, VIDEO_NO_FRAMES, UNSUPPORTED_MEDIA_TYPE; IO_FAILED if the
     *     file cannot be read; CANCELLED if the thread is interrupted
     */
    public DecodedMedia decode(MediaSource source, DecodeRequest request) {
        List<Frame> frames = new ArrayList<>();
        long[] pixels = {0};
        MediaInfo info = decode(source, request, (index, frame) -> {
            pixels[0] += (long) frame.width() * frame.height();
            if (index > 0 && pixels[0] > limits.maxPixels()) {
                throw Refusal.tooLarge("the frames of the clip have more pixels together", limits.maxPixels());
            }
            frames.add(frame);
        });
        return new DecodedMedia(info.mediaType(), info.kind(), info.width(), info.height(), frames, info.truncated());
    }

    /**
     * Decodes a medium and hands each frame on as soon as it is there. The budget is held until the sink has taken the last frame.
     *
     * @throws ScoringException as {@link #decode(MediaSource, DecodeRequest)}, and whatever the sink throws
     */
    public MediaInfo decode(MediaSource source, DecodeRequest request, FrameSink sink) {
        long size = source.sizeBytes();
        if (size == 0) {
            throw new ScoringException(ErrorReason.MEDIA_EMPTY, "the medium has no bytes");
        }
        String mediaType = mediaType(source.head(HEAD_BYTES));
        return switch (mediaType) {
            case "image/jpeg", "image/png", "image/apng", "image/webp", "image/gif", "image/bmp", "image/tiff" ->
                still(mediaType, source, size, request, sink);
            default -> throw Refusal.unsupported(mediaType);
        };
    }

    private MediaInfo still(String mediaType, MediaSource source, long size, DecodeRequest request, FrameSink sink) {
        if (size > limits.maxStillBytes()) {
            throw Refusal.tooLarge("the photo has " + size + " bytes", limits.maxStillBytes() + " bytes");
        }
        byte[] bytes = source.readAll();
        byte[] encoded = bytes;
        boolean asStored = false;
        StillHeader header;
        switch (mediaType) {
            case "image/jpeg" -> header = JpegHeader.read(bytes, limits.maxPixels());
            case "image/webp" -> header = WebpHeader.read(bytes, limits.maxPixels());
            case "image/gif" -> header = GifHeader.read(bytes, limits.maxPixels());
            case "image/bmp" -> header = BmpHeader.read(bytes, limits.maxPixels());
            case "image/tiff" -> {
                TiffHeader.Page page = TiffHeader.firstPage(bytes, limits.maxPixels());
                header = page.header();
                asStored = page.asStored();
            }
            default -> {
                PngFile png = PngFile.read(bytes, limits.maxPixels());
                header = png.header();
                encoded = png.picture();
            }
        }
        int exif = request.orientation() == Orientation.APPLY ? header.exifOrientation() : StillHeader.UPRIGHT;
        boolean turned = exif != StillHeader.UPRIGHT && header.turned();
        int width = turned ? header.height() : header.width();
        int height = turned ? header.width() : header.height();
        int reduction = header.reducible() ? request.reduction().of(width, height) : 1;
        long pixels = (long) width * height;
        long held = pixels / reduction / reduction + (header.buffersAllPixels() ? pixels : 0);
        try (DecodeBudget.Lease lease = budget.take(Math.max(1, held))) {
            sink.accept(0, StillDecoder.decode(encoded, header, reduction, exif, asStored));
        }
        return new MediaInfo(mediaType, MediaKind.IMAGE, width, height, 1, false);
    }

    private static String mediaType(byte[] head) {
        try {
            return MimeTypes.getDefaultMimeTypes()
                    .detect(new ByteArrayInputStream(head), new Metadata())
                    .getBaseType()
                    .toString();
        } catch (IOException e) {
            throw new ScoringException(ErrorReason.INTERNAL, "detection failed on bytes in memory", e);
        }
    }
}
