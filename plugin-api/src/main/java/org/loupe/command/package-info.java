/** How a module adds subcommands to {@code ./loupe} without the command line knowing the module. */
@NullMarked
package org.loupe.command;

import org.jspecify.annotations.NullMarked;
