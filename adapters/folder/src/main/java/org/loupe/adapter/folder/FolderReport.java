package org.loupe.adapter.folder;

/**
 * Where a watched folder stands.
 *
 * @param scored files whose scores were written since the start
 * @param unchanged files of the last sweep that needed nothing
 * @param parked files given up, see {@link FolderWatcher#parked}
 * @param otherKinds files of the last sweep whose bytes are of no kind that is scored, such as text or camera raw
 * @param pending files found and not yet done
 * @param settling files still being written
 */
public record FolderReport(long scored, long unchanged, long parked, long otherKinds, long pending, int settling) {}
