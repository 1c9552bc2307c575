package org.loupe.adapter.folder;

import java.io.IOException;

/** A sidecar that must not be written: what is there cannot be kept safe. The message is fit for the owner of the folder to read. */
final class SidecarException extends IOException {
    private static final long serialVersionUID = 1L;

    SidecarException(String message) {
        super(message);
    }

    SidecarException(String message, Throwable cause) {
        super(message, cause);
    }
}
