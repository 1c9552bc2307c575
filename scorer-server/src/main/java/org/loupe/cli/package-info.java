/**
 * {@code ./loupe}: the root command, which finds other modules' subcommands, and the commands of this module. Results go to standard
 * output, everything else to standard error. Exit code 0 means all went well, 1 that something failed, 2 that the command was wrong.
 */
@NullMarked
package org.loupe.cli;

import org.jspecify.annotations.NullMarked;
