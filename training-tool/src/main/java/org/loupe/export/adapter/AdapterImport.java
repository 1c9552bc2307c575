package org.loupe.export.adapter;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.loupe.modelpackage.Manifest;
import org.loupe.modelpackage.ModelPackage;

/**
 * Which adapter to import, and for what.
 *
 * @param peft directory of the adapter's checkpoint, as PEFT, Q-Align or DeQA-Score write it
 * @param base the model package it shall run on; stays the caller's, open as long as the import
 * @param baseCheckpoint the checkpoint that package was imported from
 * @param out the adapter package to come; must not exist or be empty
 * @param name adapter name, lower-case letters, digits and dashes
 * @param version version within the name
 * @param licence the terms of the adapter, as the person who imports it states them
 * @param revision revision of the adapter's checkpoint, when known
 */
public record AdapterImport(
        Path peft,
        ModelPackage base,
        Path baseCheckpoint,
        Path out,
        String name,
        String version,
        Manifest.Licence licence,
        @Nullable String revision) {
    /** @return the last part of the checkpoint's path: enough to know it by, and no word on the machine it lay on */
    String checkpointName() {
        Path last = peft.toAbsolutePath().normalize().getFileName();
        return last == null ? "adapter" : last.toString();
    }
}
