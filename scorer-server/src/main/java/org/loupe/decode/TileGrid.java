package org.loupe.decode;

import static org.bytedeco.ffmpeg.global.avformat.AV_STREAM_GROUP_PARAMS_TILE_GRID;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStreamGroup;
import org.bytedeco.ffmpeg.avformat.AVStreamGroupTileGrid;

/**
 * How a photo is put together of tiles, as HEIC and AVIF describe it (ISO/IEC 23008-12, 6.6.2.3): the tiles fill a canvas, of which a part is
 * shown.
 *
 * @param left where the shown part begins in the canvas, pixels
 * @param top likewise
 * @param width of the shown part
 * @param height of the shown part
 * @param exifOrientation how it is to be turned
 * @param tiles in the order of the file
 */
record TileGrid(int left, int top, int width, int height, int exifOrientation, List<Tile> tiles) {
    TileGrid {
        tiles = List.copyOf(tiles);
    }

    /**
     * @param stream index of the track that holds the tile
     * @param left where it lies in the canvas, pixels
     * @param top likewise
     */
    record Tile(int stream, int left, int top) {}

    /** @return the photo itself: previews, masks and gain maps beside it are grids, too, but smaller ones */
    static Optional<TileGrid> largest(AVFormatContext format) {
        List<TileGrid> grids = new ArrayList<>();
        for (int i = 0; i < format.nb_stream_groups(); i++) {
            AVStreamGroup group = format.stream_groups(i);
            if (group.type() == AV_STREAM_GROUP_PARAMS_TILE_GRID) {
                grids.add(of(group, group.params_tile_grid()));
            }
        }
        return grids.stream().max(Comparator.comparingLong(grid -> (long) grid.width() * grid.height()));
    }

    private static TileGrid of(AVStreamGroup group, AVStreamGroupTileGrid grid) {
        List<Tile> tiles = new ArrayList<>();
        for (int i = 0; i < grid.nb_tiles(); i++) {
            int member = grid.offsets_idx(i);
            if (member < 0 || member >= group.nb_streams()) {
                throw Refusal.corrupt("one of its tiles is missing");
            }
            tiles.add(new Tile(group.streams(member).index(), grid.offsets_horizontal(i), grid.offsets_vertical(i)));
        }
        return new TileGrid(
                grid.horizontal_offset(),
                grid.vertical_offset(),
                grid.width(),
                grid.height(),
                VideoDecoder.exifOrientation(grid.coded_side_data(), grid.nb_coded_side_data()),
                tiles);
    }
}
