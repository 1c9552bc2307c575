package org.loupe.command;

/**
 * Adds one subcommand to {@code ./loupe}. Found by {@link java.util.ServiceLoader}; the root command lives in scorer-server, and this
 * interface names no command-line library so that adapters in other hosts need none.
 */
public interface CommandProvider {
    /**
     * Where the command hangs.
     *
     * @return the parent's name, such as {@code model}, or the empty string for the root
     */
    default String parent() {
        return "";
    }

    /** @return a fresh object annotated as a picocli command */
    Object command();
}
