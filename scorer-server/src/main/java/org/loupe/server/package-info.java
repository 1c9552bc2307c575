/** The server as a whole: lists the modules, starts them, stops them in reverse. Knows no messages and no pixels. */
@NullMarked
package org.loupe.server;

import org.jspecify.annotations.NullMarked;
