package org.loupe.checkpoint;

import java.util.Locale;

/** The two ways in which checkpoints are stored. */
public enum CheckpointFormat {
    /** A JSON header and the bare numbers. */
    SAFETENSORS("model", "safetensors", 5_000_000_000L),
    /** A zip archive of one pickle and the bare numbers, as {@code torch.save} writes it. */
    TORCH("pytorch_model", "bin", 10_000_000_000L);

    private final String stem;
    private final String suffix;
    private final long usualShardBytes;

    CheckpointFormat(String stem, String suffix, long usualShardBytes) {
        this.stem = stem;
        this.suffix = suffix;
        this.usualShardBytes = usualShardBytes;
    }

    /** @return the name on the command line */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return how large the files of published checkpoints of this format grow at most */
    public long usualShardBytes() {
        return usualShardBytes;
    }

    /** @return the name of the only file of a checkpoint in one piece */
    String singleFile() {
        return stem + "." + suffix;
    }

    /** @return the name of the file that says which tensor lies in which shard */
    String indexFile() {
        return singleFile() + ".index.json";
    }

    /** @param shard counted from 1 */
    String shardFile(int shard, int shards) {
        return shards == 1
                ? singleFile()
                : String.format(Locale.ROOT, "%s-%05d-of-%05d.%s", stem, shard, shards, suffix);
    }

    /** @return whether a name is that of a plain file of this format, without a path */
    boolean mayBeShard(String name) {
        return name.matches("[A-Za-z0-9_][A-Za-z0-9._-]*\\." + suffix);
    }
}
