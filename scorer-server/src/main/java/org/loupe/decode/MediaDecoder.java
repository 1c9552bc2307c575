package org.loupe.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.media.MediaTypes;
import org.loupe.modelpackage.Manifest.MediaKind;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * Bytes to frames. What the bytes are is read from the bytes; a header gate refuses what is over a limit before any pixel is allocated; a
 * budget shared by all threads bounds the memory of what passes. Safe for many threads; each call decodes on its own thread only.
 */
public final class MediaDecoder {
    /**
     * What decoding a video holds, in RGB frames: the frame handed on, its copy in native memory, and the decoder's reference frames,
     * which take half of that a pixel and of which few codecs keep more than four at the sizes that matter.
     */
    private static final int VIDEO_HELD_FRAMES = 4;
    /** The picture as it is put together, in Java and outside of it while it is turned, and turned. */
    private static final int TILED_HELD_FRAMES = 3;

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
        MediaLibraries.prepare();
        String mediaType = MediaTypes.detect(source.head(MediaTypes.PREFIX_BYTES));
        return switch (mediaType) {
            case "image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff" ->
                still(mediaType, source, size, request, sink);
            case "image/heic", "image/heif", "image/avif" -> videoStill(mediaType, source, size, request, sink);
            default -> {
                String container = container(mediaType);
                if (container == null) {
                    throw Refusal.unsupported(mediaType);
                }
                yield video(mediaType, container, source, size, request, sink);
            }
        };
    }

    /**
     * One frame of a clip: the one that {@link #decode(MediaSource, DecodeRequest, FrameSink)} hands on for that second.
     *
     * @param second from 0
     * @throws IllegalArgumentException if the clip ends before
     * @throws ScoringException as {@link #decode(MediaSource, DecodeRequest)}; UNSUPPORTED_MEDIA_TYPE also for a still
     */
    public Frame frameAt(MediaSource source, int second, Orientation orientation) {
        long size = source.sizeBytes();
        String mediaType = MediaTypes.detect(source.head(MediaTypes.PREFIX_BYTES));
        String container = container(mediaType);
        if (container == null) {
            throw Refusal.unsupported("a second of " + mediaType);
        }
        checkVideoBytes(size);
        MediaLibraries.prepare();
        try (VideoDecoder video = new VideoDecoder(source, container, limits);
                DecodeBudget.Lease lease = budget.take((long) VIDEO_HELD_FRAMES * video.width() * video.height())) {
            return video.frameAt(
                    second, orientation == Orientation.APPLY ? video.exifOrientation() : StillHeader.UPRIGHT);
        }
    }

    /**
     * Counts without decoding: of a clip its packets are read, of a still nothing is.
     *
     * @return how many frames {@link #decode(MediaSource, DecodeRequest, FrameSink)} hands on if all can be decoded: 1 of what is no clip
     * @throws ScoringException as {@link #decode(MediaSource, DecodeRequest)}, of clips
     */
    public int frames(MediaSource source) {
        String container = container(MediaTypes.detect(source.head(MediaTypes.PREFIX_BYTES)));
        if (container == null) {
            return 1;
        }
        checkVideoBytes(source.sizeBytes());
        MediaLibraries.prepare();
        try (VideoDecoder video = new VideoDecoder(source, container, limits)) {
            return video.seconds();
        }
    }

    /** @return ffmpeg's name of a clip's container; null for what is no clip */
    private static @Nullable String container(String mediaType) {
        return switch (mediaType) {
            // An MP4 may call itself audio and hold pictures all the same; its tracks decide.
            case "video/mp4", "video/quicktime", "audio/mp4" -> "mov";
            case "video/webm", "video/x-matroska" -> "matroska";
            case "video/x-msvideo" -> "avi";
            default -> null;
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
        boolean turned = StillHeader.turns(exif);
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

    private MediaInfo video(
            String mediaType, String container, MediaSource source, long size, DecodeRequest request, FrameSink sink) {
        checkVideoBytes(size);
        try (VideoDecoder video = new VideoDecoder(source, container, limits)) {
            int exif = request.orientation() == Orientation.APPLY ? video.exifOrientation() : StillHeader.UPRIGHT;
            boolean turned = StillHeader.turns(exif);
            int width = turned ? video.height() : video.width();
            int height = turned ? video.width() : video.height();
            try (DecodeBudget.Lease lease = budget.take((long) VIDEO_HELD_FRAMES * width * height)) {
                VideoDecoder.Delivery delivery = video.deliver(exif, sink);
                return new MediaInfo(
                        mediaType, MediaKind.VIDEO, width, height, delivery.frames(), delivery.truncated());
            }
        }
    }

    /** HEIC and AVIF: one frame of a video codec in a video container, but a photo. */
    private MediaInfo videoStill(
            String mediaType, MediaSource source, long size, DecodeRequest request, FrameSink sink) {
        if (size > limits.maxStillBytes()) {
            throw Refusal.tooLarge("the photo has " + size + " bytes", limits.maxStillBytes() + " bytes");
        }
        try (VideoDecoder video = new VideoDecoder(source, "mov", limits)) {
            Optional<TileGrid> grid = video.tiles();
            if (grid.isPresent()) {
                return tiled(mediaType, video, grid.get(), request, sink);
            }
            int exif = request.orientation() == Orientation.APPLY ? video.exifOrientation() : StillHeader.UPRIGHT;
            long held = (long) VIDEO_HELD_FRAMES * video.width() * video.height();
            try (DecodeBudget.Lease lease = budget.take(held)) {
                Frame frame = video.firstFrame(exif);
                sink.accept(0, frame);
                return new MediaInfo(mediaType, MediaKind.IMAGE, frame.width(), frame.height(), 1, false);
            }
        }
    }

    /** HEIC of a phone: dozens of small pictures in rows and columns. */
    private MediaInfo tiled(
            String mediaType, VideoDecoder video, TileGrid grid, DecodeRequest request, FrameSink sink) {
        Refusal.checkPixels(grid.width(), grid.height(), limits.maxPixels());
        int exif = request.orientation() == Orientation.APPLY ? grid.exifOrientation() : StillHeader.UPRIGHT;
        try (DecodeBudget.Lease lease = budget.take((long) TILED_HELD_FRAMES * grid.width() * grid.height())) {
            Frame frame = video.tiled(grid, exif);
            sink.accept(0, frame);
            return new MediaInfo(mediaType, MediaKind.IMAGE, frame.width(), frame.height(), 1, false);
        }
    }

    private void checkVideoBytes(long size) {
        if (size > limits.maxVideoBytes()) {
            throw Refusal.tooLarge("the video has " + size + " bytes", limits.maxVideoBytes() + " bytes");
        }
    }
}
