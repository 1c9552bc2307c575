/** The JSON records people's programs read, the same from the command line and over HTTP. Plain text in, plain text out; no I/O. */
@NullMarked
package org.loupe.json;

import org.jspecify.annotations.NullMarked;
